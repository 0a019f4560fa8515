"""The main job's own file: what it promises in its comments and in issue 2."""

from __future__ import annotations

from pathlib import Path

from runner.judge.level import covered, is_fact
from runner.plan.order import ranked
from runner.spec import (
    Cell,
    Experiment,
    MetricExpectation,
    Suite,
    load,
)
from runner.stats.interval import FEWEST

ROOT = Path(__file__).resolve().parents[2]
SUITE: Suite = load(ROOT / "experiments.yaml", labs=False)


def seconds(*, quick: bool) -> float:
    """The time of a run, with 0.6 s a trial for all that is not warming up and measuring (`make
    bench` shows it), and the repeats that a quiet machine needs for a verdict."""
    total = 0.0
    for experiment in SUITE.experiments:
        timing = SUITE.timing(experiment, quick=quick)
        cells = experiment.quick_cells() if quick else experiment.plain_cells()
        driven = experiment.measure in ("load", "stream")
        measured = timing.warmup + timing.duration if driven else 0
        repeats = [
            max(timing.repeat, FEWEST if cell in judged(experiment, cells) else 0) for cell in cells
        ]
        total += sum(repeats) * (0.6 + measured / 1e9)
    return total


def judged(experiment: Experiment, cells: tuple[Cell, ...]) -> set[Cell]:
    """Those of the cells of which an interval is wanted."""
    expectations = [each for each in experiment.expect if not is_fact(each)]
    both = [pair for each in expectations for pair in covered(experiment, each, cells)]
    return {cell for pair in both for cell in pair if cell is not None}


def test_the_editor_finds_the_schema() -> None:
    first = (ROOT / "experiments.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./schema/experiments.v1.json"


def test_a_run_takes_minutes_and_a_quick_one_less() -> None:
    assert seconds(quick=False) <= 360
    assert seconds(quick=True) <= 55


def test_the_two_first_experiments() -> None:
    ceiling, sweep = SUITE.experiment("select-ceiling"), SUITE.experiment("idle-sweep")
    assert {"C8", "C12", "C15"} <= set(ceiling.claims)
    assert {"C9", "C13", "C15", "C16"} <= set(sweep.claims)
    assert (ceiling.measure, sweep.measure) == ("ceiling", "load")
    assert len(ceiling.cells()) == 24
    assert len(sweep.cells()) == 10


def test_every_lab_is_in_the_main_job_in_every_language_and_form() -> None:
    run = {
        (str(cell.get("lab")), str(cell.get("language")))
        for name in ("models", "one-client", "play")
        for cell in SUITE.experiment(name).cells()
    }
    there = set()
    for source in sorted((ROOT / "labs").glob("*/server*.*")):
        if source.suffix in (".c", ".py"):
            form = source.stem.removeprefix("server").replace("_", "/", 1)
            language = "c" if source.suffix == ".c" else "python"
            there.add((f"{source.parent.name}{form}", language))
    assert run == there


def test_rows_of_a_table_are_measured_alike_or_not_ranked() -> None:
    """Where servers are shown side by side, all are ranked but those that cannot take turns."""
    models, loops, sweep = (SUITE.experiment(name) for name in ("models", "loops", "idle-sweep"))
    assert models.interleave
    assert loops.interleave
    assert sweep.interleave
    alone = {
        (experiment.id, str(cell.get("lab")), cell.get("idle"))
        for experiment in (models, loops, sweep)
        for cell in set(experiment.cells()).difference(*ranked(experiment, experiment.cells()))
    }
    assert alone == {
        ("models", "nonblocking", 0),  # it would work in the others' turns
        ("models", "nonblocking", 500),
        ("idle-sweep", "poll", "max"),
        ("idle-sweep", "epoll", "max"),
    }
    # What is judged by an interval is repeated more often: not in a table that is ranked whole.
    assert not judged(models, models.cells())


def test_quick_still_judges_something_of_each_experiment() -> None:
    """What a probe found is judged by the claims it is evidence for."""
    for experiment in SUITE.experiments:
        if experiment.measure == "probe":
            assert experiment.claims
            continue
        kept = set(experiment.quick_cells())
        whole = [
            each
            for each in experiment.expect
            if isinstance(each, MetricExpectation)
            and any(cell in kept for cell in experiment.cells() if cell.matches(each.of))
        ]
        assert whole, experiment.id
