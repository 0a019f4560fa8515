"""Units: what is read, what is refused, and that what is written reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.spec.problem import WrongError
from runner.spec.quantity import BYTES, COUNT, DURATION, WHOLE, Quantity

ALL = {"count": COUNT, "bytes": BYTES, "duration": DURATION, "whole": WHOLE}


@pytest.mark.parametrize(
    ("quantity", "text", "value"),
    [
        (COUNT, 900, 900),
        (COUNT, "900", 900),
        (COUNT, "10k", 10_000),
        (COUNT, "1.5k", 1_500),
        (COUNT, "1M", 1_000_000),
        (COUNT.or_max(), "max", "max"),
        (BYTES, "64B", 64),
        (BYTES, "4KiB", 4_096),
        (BYTES, "1.5KiB", 1_536),
        (BYTES, "1GiB", 1 << 30),
        (DURATION, "100us", 100_000),
        (DURATION, "500ms", 500_000_000),
        (DURATION, "1.5s", 1_500_000_000),
        (DURATION, "2m", 120_000_000_000),
        (DURATION, "0s", 0),
    ],
)
def test_reads(quantity: Quantity, text: object, value: object) -> None:
    assert quantity.read(text) == value


@pytest.mark.parametrize(
    ("quantity", "value", "message"),
    [
        (COUNT, "10K", "type 10k"),
        (COUNT, "1.5", "type 900, 10k or 1M"),
        (COUNT, "0.0001k", "type 900, 10k or 1M"),
        (COUNT, -1, "type 0 or more"),
        (COUNT, "-1", "type 900, 10k or 1M"),
        (COUNT, True, "type 900, 10k or 1M"),
        (COUNT, None, "type 900, 10k or 1M"),
        (COUNT, "max", "type 900, 10k or 1M"),
        (COUNT, "١٢", "type 900, 10k or 1M"),
        (COUNT, 10**100, "type 10M or less"),
        (BYTES, 64, "type 64B or 64KiB"),
        (BYTES, "64", "type 64B or 64KiB"),
        (BYTES, "64KB", "type 64KiB"),
        (BYTES, "64kb", "type 64KiB"),
        (BYTES, "1MB", "type 1MiB"),
        (BYTES, "64b", "type 64B"),
        (BYTES, "64 B", "type 64B"),
        (DURATION, 500, "type 500ms or 500s"),
        (DURATION, 0.5, "type 0.5ms or 0.5s"),
        (DURATION, float("inf"), "type 500ms, 2s or 1m"),
        (DURATION, "5µs", "type 5us"),
        (DURATION, "2 s", "type 2s"),
        (DURATION, "2min", "type 2m"),
        (DURATION, [1], "type 500ms, 2s or 1m"),
        (WHOLE, "5k", "type a number such as 5"),
        (WHOLE.between(1, 250), "5k", "type a number such as 5"),
        (WHOLE.between(200, 599), True, "type a number such as 200"),
    ],
)
def test_refuses_and_says_what_to_type(quantity: Quantity, value: object, message: str) -> None:
    with pytest.raises(WrongError) as caught:
        quantity.read(value)
    assert message in (caught.value.expected, caught.value.suggestion)


@pytest.mark.parametrize("name", ALL)
@given(value=st.integers(min_value=0, max_value=10**7))
def test_what_is_written_reads_back(name: str, value: int) -> None:
    quantity = ALL[name]
    assert quantity.read(quantity.write(value)) == value
    assert quantity.read(quantity.show(value)) == value


def test_shows_the_largest_unit_that_is_whole() -> None:
    assert [COUNT.show(n) for n in (0, 900, 1000, 1500, 2_000_000)] == [
        *("0", "900", "1k", "1500", "2M")
    ]
    assert [BYTES.show(n) for n in (0, 64, 1024, 1536, 1 << 30)] == [
        *("0B", "64B", "1KiB", "1536B", "1GiB")
    ]
    assert [DURATION.show(n) for n in (0, 5, 1_500_000_000, 60 * 10**9)] == [
        *("0ns", "5ns", "1500ms", "1m")
    ]
