"""Checks that need more than one object: selectors name cells, ids differ, sizes are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from runner.kinds import METRICS
from runner.spec.expect import FindingExpectation, MetricExpectation, RatioExpectation
from runner.spec.matrix import Axes, Cell, Selector, shown_value
from runner.spec.model import Experiment
from runner.spec.pairing import pairs_among
from runner.spec.problem import Key, Source, WrongError, clipped, did_you_mean, listed
from runner.spec.quantity import COUNT, DURATION
from runner.spec.suite import Suite
from runner.spec.workload import check_fleet

MAX_CELLS = 10_000
MAX_TRIALS = 100_000
MAX_WORK = 500_000

_MOST = {"share": 1, "cases": 1}
"""The largest value of the metrics with this unit."""
MISSING = "missing"
"""What is wrong at a key."""

Problems = Iterator[tuple[Key, WrongError]]


def check_suite(suite: Suite) -> Problems:
    """Problems of a suite whose experiments are each valid."""
    trials = 0
    for index, experiment in enumerate(suite.experiments):
        timing = suite.timing(experiment)
        trials += timing.repeat * experiment.size()
        if timing.max_repeat is not None and timing.max_repeat < timing.repeat:
            own = experiment.max_repeat is not None
            key: Key = ("experiments", index) if own else ("defaults",)
            yield (
                (*key, "max_repeat"),
                WrongError(
                    f"max_repeat {timing.max_repeat} is less than repeat {timing.repeat}",
                    suggestion=f"type {timing.repeat} or more",
                ),
            )
        if timing.warmup + timing.duration >= timing.timeout:
            spent = DURATION.show(timing.warmup + timing.duration)
            yield (
                ("experiments", index, "timeout"),
                WrongError(
                    f"warmup and duration take {spent}",
                    f"the timeout is {DURATION.show(timing.timeout)}",
                    "type a longer timeout",
                ),
            )
    if trials > MAX_TRIALS:
        yield (
            ("experiments",),
            WrongError(f"{trials} trials", f"at most {MAX_TRIALS}", "type fewer repeats or values"),
        )


def check_bounds(suite: Suite) -> Problems:
    """Bounds that every value keeps: points for nothing, or a typing error."""
    for index, experiment in enumerate(suite.experiments):
        for number, each in enumerate(experiment.expect):
            if isinstance(each, FindingExpectation):
                continue  # a probe may report what is negative
            key: Key = ("experiments", index, "expect", number)
            unit = METRICS[each.metric].unit if isinstance(each, MetricExpectation) else ""
            most = _MOST.get(unit, inf)
            if each.at_least == 0 and each.at_most is None:
                what = "no value is less than 0, so none can fail"
                yield (*key, "at_least"), WrongError(what, suggestion="type a larger bound")
            elif not each.at_least and each.at_most is not None and each.at_most >= most:
                what = f"no value is more than {most}, so none can fail"
                yield (*key, "at_most"), WrongError(what, suggestion="type a smaller bound")


def check_work(experiments: list[tuple[int, Experiment]]) -> Problems:
    """Before anything is expanded: is it few enough to expand?"""
    work = 0
    for index, experiment in experiments:
        size = experiment.size()
        if size > MAX_CELLS:
            what = f"the matrix has {size} cells"
            wrong = WrongError(what, f"at most {MAX_CELLS}", "type fewer values")
            yield ("experiments", index), wrong
        only = (experiment.quick and experiment.quick.only) or ()
        work += size * (1 + len(experiment.exclude) + len(experiment.expect) + len(only))
    if work > MAX_WORK:
        what = f"cells times selectors are {work}"
        yield ("experiments",), WrongError(what, f"at most {MAX_WORK}", "type fewer values")


def check_ids(ids: list[str], source: Source) -> Problems:
    """No two experiments may have the same id, wherever they are included from."""
    first: dict[str, int] = {}
    for index, identifier in enumerate(ids):
        if identifier and identifier in first:
            position = source.at(("experiments", first[identifier], "id"))
            what = f"'{clipped(identifier)}' is the id of another experiment, at {position}"
            yield ("experiments", index, "id"), WrongError(what, suggestion="type another id")
        first.setdefault(identifier, index)


def check_experiment(index: int, experiment: Experiment) -> Problems:
    """What is wrong with one experiment, key by key."""
    here: Key = ("experiments", index)
    wrongs = list(_subject(here, experiment))
    yield from wrongs
    if wrongs:
        return
    yield from check_fleet(here, experiment)
    yield from _connections(here, experiment)
    axes = experiment.axes()
    for number, selector in enumerate(experiment.exclude):
        key = (*here, "exclude", number)
        wrongs = list(_values(key, selector, axes, experiment))
        yield from wrongs
        if not selector.pins():
            yield key, WrongError("{} excludes every cell", suggestion="name an axis")
            return
        if wrongs:
            return
    cells = experiment.cells()
    if not cells:
        wrong = WrongError("no cell is left", "an empty matrix has nothing to run", "exclude fewer")
        yield (*here, "exclude"), wrong
        return
    if experiment.sections is not None and len(axes.get(experiment.sections, ())) < 2:
        several = [axis for axis, values in axes.items() if len(values) > 1]
        what = f"'{experiment.sections}' has only one value here"
        expected = f"axes with several values: {listed(several)}" if several else ""
        yield (*here, "sections"), WrongError(what, expected, "delete it")
    for number, selector in enumerate(experiment.ranked):
        yield from _selects((*here, "ranked", number), selector, cells, experiment)
    if experiment.ranked and experiment.interleave is None:
        what = "rows are ranked only if they are measured side by side"
        yield (*here, "ranked"), WrongError(what, suggestion="add interleave: 50ms, or delete it")
    only = (experiment.quick and experiment.quick.only) or ()
    for number, selector in enumerate(only):
        yield from _selects((*here, "quick", "only", number), selector, cells, experiment)
    adds = experiment.full.adds if experiment.full else ()
    for number, selector in enumerate(adds):
        yield from _selects((*here, "full", "adds", number), selector, cells, experiment)
    yield from _expectations(here, experiment, cells)


def _subject(here: Key, experiment: Experiment) -> Problems:
    """What is run: a server, a probe, or a probe as a server's client."""
    probed = experiment.kind.subject == "probe"
    if not probed and experiment.server is None:
        yield (*here, "server"), WrongError(MISSING, suggestion="add server: {lab: epoll}")
    if probed and experiment.probe is None:
        yield (*here, "probe"), WrongError(MISSING, suggestion="add probe: {name: wake_up}")
    if not probed and experiment.probe is not None:
        what = f"measure: {experiment.measure} does not use this key"
        yield (*here, "probe"), WrongError(what, suggestion="add measure: probe, or delete it")
    if (
        experiment.probe is not None
        and experiment.server is not None
        and "language" in experiment.probe.model_fields_set
    ):
        yield (
            (*here, "probe", "language"),
            WrongError("a probe with a server has the server's language", suggestion="delete it"),
        )


def _silent(here: Key, experiment: Experiment) -> Problems:
    """Some kinds hold only so many idle connections, and no `max`."""
    most = experiment.kind.idle_most
    if most is None:
        return
    for number, idle in enumerate(experiment.fleet.idle):
        if isinstance(idle, str) or idle > most:
            measure = f"measure: {experiment.measure}"
            what = f"{COUNT.show(idle)} idle connections are too many for {measure}"
            wrong = WrongError(what, f"at most {COUNT.show(most)}", "type 100")
            yield (*here, "fleet", "idle", number), wrong


def _connections(here: Key, experiment: Experiment) -> Problems:
    yield from _silent(here, experiment)
    if not experiment.kind.requests:
        return
    fleet = experiment.fleet
    most = max(fleet.active)
    for number, idle in enumerate(fleet.idle):
        total = (0 if isinstance(idle, str) else idle) + most
        if total > fleet.connections:
            what = f"{COUNT.show(idle)} idle and {most} active connections add up to {total}"
            yield (
                (*here, "fleet", "idle", number),
                WrongError(
                    what,
                    f"fleet.connections allows {COUNT.show(fleet.connections)}",
                    f"type connections: {total}",
                ),
            )


def _expectations(here: Key, experiment: Experiment, cells: tuple[Cell, ...]) -> Problems:
    ids: set[str] = set()
    for number, expectation in enumerate(experiment.expect):
        key = (*here, "expect", number)
        if expectation.id is not None and expectation.id in ids:
            wrong = WrongError(
                f"'{expectation.id}' is the id of another expectation", suggestion="type another id"
            )
            yield (*key, "id"), wrong
        ids.add(expectation.id or "")
        wrongs = list(_selects((*key, "of"), expectation.of, cells, experiment))
        if isinstance(expectation, RatioExpectation):
            yield from _measured((*key, "ratio"), expectation.ratio, experiment)
            wrongs += _selects((*key, "to"), expectation.to, cells, experiment)
        if isinstance(expectation, MetricExpectation):
            yield from _measured((*key, "metric"), expectation.metric, experiment)
        if isinstance(expectation, FindingExpectation) and experiment.kind.subject != "probe":
            what = f"measure: {experiment.measure} has no findings"
            yield (*key, "finding"), WrongError(what, suggestion="type metric instead of finding")
        yield from wrongs
        if isinstance(expectation, RatioExpectation) and not wrongs:
            try:
                pairs_among(cells, expectation)
            except WrongError as wrong:
                yield key, wrong


def _measured(key: Key, name: str, experiment: Experiment) -> Problems:
    known = [metric.name for metric in experiment.kind.metrics]
    if name not in known:
        what = f"measure: {experiment.measure} does not yield '{name}'"
        yield key, WrongError(what, f"it yields {listed(known, 30)}")


def _selects(
    key: Key, selector: Selector, cells: tuple[Cell, ...], experiment: Experiment
) -> Problems:
    wrongs = list(_values(key, selector, experiment.axes(), experiment))
    yield from wrongs
    pins = selector.pins()
    if not wrongs and not any(cell.has(pins) for cell in cells):
        what = f"{selector} names no cell"
        yield (
            key,
            WrongError(what, "all these cells are excluded", "exclude fewer, or name others"),
        )


def _values(key: Key, selector: Selector, axes: Axes, experiment: Experiment) -> Problems:
    """Every value of a selector must be in the matrix: a typing error must not select nothing."""
    labs = selector.lab or ()
    for axis in selector.pins() if labs and experiment.own.issuperset(labs) else ():
        if all(axis in experiment.lacks(lab) for lab in labs):
            what = f"'{labs[0]}' is one of `servers`: its {axis} is its own, and no axis"
            yield (*key, axis), WrongError(what, suggestion="delete it")
            return
    for axis, values in selector.pins().items():
        if axis not in axes:
            what = f"measure: {experiment.measure} has no axis '{axis}'"
            yield (*key, axis), WrongError(what, f"its axes are {listed(axes)}")
            continue
        known = [shown_value(axis, value) for value in axes[axis]]
        for number, value in enumerate(values):
            if value not in axes[axis]:
                written = shown_value(axis, value)
                what = f"{written} is not in the matrix"
                near = did_you_mean(written, known)
                yield (
                    (*key, axis, number),
                    WrongError(what, f"{axis} is {listed(known, 12)}", near),
                )
