"""No bound of experiments.yaml lies where the truth is, by runs that were recorded.

A run is recorded by `python -m tests.bench.margins --add results/RUN`.
"""

from __future__ import annotations

import pytest

from runner.paths import ROOT
from runner.spec import RatioExpectation, load
from tests.bench.margins import MARGIN, Seen, kept, margin, ratios

SUITE = load(ROOT / "experiments.yaml", labs=False)
BOUNDS = {(experiment, words): bound for experiment, words, bound in ratios(SUITE)}
RECORDED = [
    seen for run in kept().values() for seen in run if (seen.experiment, seen.ratio) in BOUNDS
]
"""Of the ratios that an expectation of today is about."""


@pytest.mark.parametrize("seen", RECORDED, ids=lambda s: f"{s.engine}-{s.busy}-{s.ratio}")
def test_what_was_measured_keeps_the_bound_by_a_quarter(seen: Seen) -> None:
    bound = BOUNDS[seen.experiment, seen.ratio]
    assert margin(bound, seen) >= MARGIN, f"{seen}: the bound lies where the truth is"


@pytest.mark.parametrize("which", BOUNDS, ids=" ".join)
def test_every_bound_was_measured(which: tuple[str, str]) -> None:
    assert any((seen.experiment, seen.ratio) == which for seen in RECORDED), "run it, and --add it"


def test_a_bound_where_the_truth_is_is_too_close() -> None:
    """Five times was ×12.2 [5, 16.8] in one run and ×4.71 [4.11, 5.52] in another."""
    docker = Seen("docker", False, "idle-sweep", "r", 12.2, 5.0, 16.8, 8)
    process = Seen("process", False, "idle-sweep", "r", 4.71, 4.11, 5.52, 14)
    five = RatioExpectation.model_validate(
        {"ratio": "rate", "of": {"lab": "epoll"}, "to": {"lab": "poll"}, "at_least": 5}
    )
    twice = five.model_copy(update={"at_least": 2.0})
    assert margin(five, process) < 0
    assert margin(five, docker) < MARGIN
    assert min(margin(twice, docker), margin(twice, process)) >= MARGIN
