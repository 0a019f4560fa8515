"""What a line of `make bench` says: met, not met, or noise. The lines themselves are not tested:
they assert nothing, and need a quiet machine."""

from __future__ import annotations

import pytest

from tests.bench.fleet.line import compared, fact, skipped

STEADY = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0]


@pytest.mark.parametrize(("factor", "verdict"), [(1.5, "met"), (1.0, "noise"), (0.5, "not met")])
def test_a_ratio_is_judged_by_its_interval(factor: float, verdict: str) -> None:
    line = compared("x", [factor * each for each in STEADY], list(reversed(STEADY)), 1.0, 1.3)
    assert line.verdict == verdict
    assert line.bar == ">= 1.00"
    assert line.beyond.endswith(" met") is True
    assert line.beyond.endswith("not met") is (factor < 1.3)


def test_too_few_runs_say_nothing() -> None:
    assert compared("x", [2.0, 2.0], [1.0, 1.0], 1.0).verdict == "noise"


def test_facts_and_skips() -> None:
    assert fact("x", "5", met=False, bar="<= 4").row()[3] == "not met"
    assert skipped("x", ">= 1", "type: y").row()[-1] == "type: y"
