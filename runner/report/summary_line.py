"""The first line of a report and its last: where it is from, what became of it. Pure."""

from __future__ import annotations

from collections import Counter

from runner import judge
from runner.judge import Decision
from runner.judge.disturbed import too_busy
from runner.judge.run import Run
from runner.judge.tally import points
from runner.plural import number_of
from runner.records.outcome import Status
from runner.report.placed import crowd
from runner.spec.quantity import PERCENT


def closing(run: Run) -> str:
    """The last line: how many of each outcome, and the points where there are any."""
    tally = run.tally()
    counts = ", ".join(f"{count} {outcome}" for outcome, count in tally.items() if count)
    trials = f"{number_of(len(run.measurements), 'trial')}{_resumed(run)}{_again(run)}{_left(run)}"
    return f"{'; '.join([*doubts(run), trials])}, verdicts: {counts or 'none'}{_score(run)}"


def doubts(run: Run) -> list[str]:
    """Why the run as a whole is no success, however its verdicts read."""
    changed = ["CHANGED since it was sealed (runner verify names each line)"] if run.changed else []
    return [*changed, *([f"INCOMPLETE: {incompleteness(run)}"] if run.incomplete else [])]


def incompleteness(run: Run) -> str:
    """What the run lacks because it ended before its plan was done; empty where it did not."""
    if run.incomplete is None:
        return ""
    left, planned = run.incomplete.lacking, run.incomplete.planned
    if not left:
        return "the run ended before its further repeats were done"
    return f"the run ended before {left:,} of its {number_of(planned, 'planned trial')}"


def _score(run: Run) -> str:
    """The points that were earned and lost, and apart from them those of open verdicts."""
    kinds = points(run.verdicts)
    every = sum(kinds.values())
    if not every:
        return ""
    lost = [f"{kinds[Decision.FAIL]:g} lost"] if kinds[Decision.FAIL] else []
    settled = (Decision.PASS, Decision.FAIL)
    left = sum(v.points for v in run.verdicts if v.outcome is Decision.PASS and v.left_out)
    kinds = {**kinds, Decision.SKIP: kinds[Decision.SKIP] - left}
    still = [f"{kinds[kind]:g} {kind}" for kind in Decision if kind not in settled and kinds[kind]]
    still += [f"{left:g} left out"] if left else []
    earned = f"{kinds[Decision.PASS]:g} of {number_of(every, 'point')}"
    return f"; {', '.join([earned, *lost, *still])}"


def noise(run: Run) -> list[str]:
    """That a busy machine kept verdicts open, and what to do; nothing where it did not."""
    busy = too_busy(judge.undecided(run.suite, run.measurements), run.measurements)
    if busy is None:
        return []
    allowed = PERCENT.show(run.suite.defaults.disturbance)
    message = (
        f"The machine was too busy to decide: {busy.invalid} of the last "
        f"{number_of(busy.repeats, 'repeat')} of {number_of(busy.cells, 'undecided cell')} were "
        "INVALID, so no more were run. Stop other programs and containers, or run on a quieter "
        f"machine; or let others take more with --set defaults.disturbance=50% (now {allowed})."
    )
    return [message]


def origin(run: Run) -> str:
    """Where and when: the engine, the machine, the start. Empty where nothing is known of it."""
    host, engine = run.environment.get("host", {}), run.environment.get("engine", {})
    cpus = host.get("cpus")
    system = " ".join(str(host[name]) for name in ("kernel", "machine") if host.get(name))
    facts = [
        f"engine {engine['name']}" if engine.get("name") else "",
        str(host.get("cpu") or ""),
        number_of(len(cpus), "CPU") if cpus else "",
        f"Linux {system}" if system else "",
        crowd(run),
        str(run.environment.get("started") or "").replace("T", " ").replace("+00:00", " UTC"),
    ]
    return ", ".join(fact for fact in facts if fact)


def _again(run: Run) -> str:
    """Which records were replaced by later ones. Interleaved trials are repeated together, so
    sound ones are among them."""
    if not run.superseded:
        return ""
    counts = Counter(str(measurement.status) for measurement in run.superseded)
    sound = counts.pop(str(Status.OK), 0) + counts.pop(str(Status.FAIL), 0)
    kinds = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    beside = f"{sound} interleaved with them" if kinds else f"{sound} sound"
    said = " and ".join([*([kinds] if kinds else []), *([beside] if sound else [])])
    return f" (repeated: {said})"


def _left(run: Run) -> str:
    """How many have no figures, however often they were run."""
    left = sum(measurement.status is Status.INVALID for measurement in run.measurements)
    return f", {left} still INVALID" if left else ""


def _resumed(run: Run) -> str:
    """That the run was gone on with, and how much of it is from before."""
    resumes = len(run.environment.get("resumes", ()))
    if not resumes:
        return ""
    first = sum(measurement.session == 1 for measurement in run.measurements)
    times = "once" if resumes == 1 else f"{resumes} times"
    return f" (the run was resumed {times}; {number_of(first, 'trial')} from before)"
