"""The table of rules: what it says of real records, and that no two rules overlap."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from itertools import combinations

import pytest

from runner.paths import ROOT
from runner.trace import axes
from runner.trace.classification import UNKNOWN
from runner.trace.rules import RULES, Observed, Rule, model_of, why_not
from tests.trace.recorded import NAMES, lines, said, traced
from tests.trace.test_labs import MODELS

EXPECTED = {
    "select": ("select", "readiness", "synchronous", "application", "return"),
    "sigio": ("signal-driven", "readiness", "synchronous", "application", "signal"),
    "posix_aio": ("POSIX AIO", "completion", "asynchronous", "helper", "signal"),
    "io_uring": ("io_uring", "completion", "asynchronous", "kernel", "completion"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_conversation_is_placed(name: str) -> None:
    found = traced(name).classification
    assert EXPECTED[name] == (
        found.model, found.notification_means, found.synchrony, found.copied_by, found.notified_by
    )  # fmt: skip
    assert found.blocking == "blocking"
    assert found.unclear == ""


def columns(rule: Rule) -> dict[str, str]:
    return {column.name: getattr(rule, column.name) for column in fields(Observed)}


def test_no_two_rules_hold_for_the_same_server() -> None:
    for one, other in combinations(RULES, 2):
        both = zip(columns(one).values(), columns(other).values(), strict=True)
        assert any(a and b and a != b for a, b in both), f"{one.model} and {other.model} overlap"


def test_every_rule_holds_for_what_it_describes() -> None:
    for rule in RULES:
        seen = Observed(**{name: word or "no" for name, word in columns(rule).items()})
        assert model_of(seen) == rule.model


def test_every_model_has_its_field() -> None:
    assert {axes.traced(rule.copied_by, rule.blocks_in) for rule in RULES} <= set(axes.FIELDS)


CHINESE = {
    "同步": "synchronous",
    "异步": "asynchronous",
    "阻塞": "blocking",
    "非阻塞": "non-blocking",
}


@pytest.mark.parametrize("name", ["axes.md", "axes.zh.md"])
def test_the_page_says_of_every_lab_what_its_rule_says(name: str) -> None:
    """A row for every lab: its field is that of the model that a trace names. And the table of the
    four fields has every lab in that field."""
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    for word, english in CHINESE.items():
        page = re.sub(rf"(\| |[，])({word})(?=[，]| \|)", rf"\g<1>{english}", page)
    table = re.findall(r"^\| ([a-z_`、, ]+) \| (\w+)[,，] ?([\w-]+) \|", page, re.MULTILINE)
    said = {lab: axes.Field(*field) for labs, *field in table for lab in re.findall(r"\w+", labs)}
    rules = {rule.model: rule for rule in RULES}
    assert said == {
        lab: axes.traced(rules[model].copied_by, rules[model].blocks_in)
        for lab, model in MODELS.items()
    }
    drawn = re.findall(r"^\| \*\*.*?\*\* \| (.*) \| (.*) \|$", page, re.MULTILINE)
    cells = dict(zip(axes.FIELDS, (cell for row in drawn for cell in row), strict=True))
    for lab, field in said.items():
        assert [each for each, cell in cells.items() if lab in re.findall(r"\w+", cell)] == [field]


def test_what_no_rule_knows_is_unknown_and_says_why() -> None:
    select = next(rule for rule in RULES if rule.model == "select")
    seen = Observed(**{name: word or "no" for name, word in columns(select).items()})
    odd = replace(seen, multiplexers="poll+select")
    assert model_of(odd) == UNKNOWN
    assert why_not(odd) == "no rule matches; the nearest is select, but multiplexers is poll+select"


def test_without_the_calls_nothing_is_guessed() -> None:
    """The same conversation, and a tracer that saw only the start."""
    from runner.trace import trace_of

    found = trace_of(lines("select")[:3], said("select")).classification
    assert (found.model, found.synchrony, found.copied_by) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_a_server_is_not_known_by_its_name() -> None:
    """It says that it is poll, and is what it is."""
    from runner.trace import trace_of

    lying = [line.replace("model=select", "model=poll") for line in lines("select")]
    assert trace_of(lying, said("select")).classification.model == "select"
