"""What a learner may type, and what it is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.learn.prediction import PredictionError, read
from runner.learn.question import Form, Name, Number, Order
from runner.learn.text import sentence, words

BYTES = Number(unit="B")
COPIERS = Name(("application", "helper", "kernel"))
LABS = ("io_uring", "epoll", "thread")
ENGLISH, CHINESE = words("en", "names"), words("zh", "names")


@pytest.mark.parametrize(
    ("form", "typed", "number"),
    [
        (Number(), "12", 12),
        (Number(), " 1,000 ", 1000),
        (Number(), "1 000 000", 1e6),
        (Number(), "10k", 10_000),
        (Number(), "1e3", 1000),
        (Number(), "1万", 10_000),
        (Number(), "１２", 12),
        (Number(), "0", 0),
        (Number(unit="%"), "99.5 %", 99.5),
        (Number(unit="ms"), "3ms", 3),
        (Number(unit="×"), "×4.5", 4.5),
        (Number(unit="×"), "4.5x", 4.5),
        (BYTES, "64 bytes", 64),
        (BYTES, "64 字节", 64),
    ],
)
def test_numbers_as_people_write_them(form: Form, typed: str, number: float) -> None:
    assert read(form, (), ENGLISH, typed) == number


@pytest.mark.parametrize("typed", ["helper", "Helper.", "2", "辅助线程", "thread"])
def test_names_by_word_and_by_number(typed: str) -> None:
    assert read(COPIERS, (), CHINESE, typed) == "helper"


@pytest.mark.parametrize("typed", ["thread epoll io_uring", "3,2,1", "thread < epoll < io_uring",
                                   "3、2、1", "THREAD, 2, io_uring"])  # fmt: skip
def test_orders_with_any_signs_between(typed: str) -> None:
    assert read(Order("rate"), LABS, ENGLISH, typed) == ("thread", "epoll", "io_uring")


@pytest.mark.parametrize(
    ("form", "typed", "says"),
    [
        (Number(), "   ", "empty"),
        (Number(), "-1", "negative"),
        (Number(), "1e30", "too_large"),
        (Number(), "9" * 400, "too_large"),
        (Number(), "1e9999", "too_large"),
        (Number(), "inf", "no_number"),
        (Number(), "about 5", "no_number"),
        (Number(), "5 or 6", "no_unit"),
        (Number(unit="ms"), "5 s", "other_unit"),
        (COPIERS, "kernal", "near_name"),
        (COPIERS, "4", "no_name"),
        (COPIERS, "the CPU", "no_name"),
        (Order("rate"), "epoll", "not_each_once"),
        (Order("rate"), "epoll epoll thread", "not_each_once"),
        (Order("rate"), "epoll thread kqueue", "no_lab"),
        (Order("rate"), ",", "not_each_once"),
    ],
)
def test_what_is_none_gets_a_sentence_that_says_what_to_type(
    form: Form, typed: str, says: str
) -> None:
    with pytest.raises(PredictionError) as refused:
        read(form, LABS, ENGLISH, typed)
    assert refused.value.says == says
    for language in ("en", "zh"):
        assert len(sentence(language, "wrong", says, **refused.value.figures)) < 200


@given(typed=st.text(max_size=300), form=st.sampled_from([Number(), BYTES, COPIERS, Order("rate")]))
def test_whatever_is_typed_is_a_prediction_or_gets_a_sentence(typed: str, form: Form) -> None:
    try:
        read(form, LABS, CHINESE, typed)
    except PredictionError as refused:
        said = sentence("zh", "wrong", refused.says, **refused.figures)
        assert said.isprintable()
