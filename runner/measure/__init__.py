"""One trial on one engine: a server, its load generators, the kernel's accounting of the window.

Whatever goes wrong in a trial ends only that trial, and its status says whose fault it is: FAIL the
server's, INVALID the instrument's, ERROR the lab's own. A fault of the runner's code is ERROR.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from threading import Thread

from runner.engine.box import BuildError, Engine, EngineError, MissingError, Program
from runner.kinds import CALLS, CEILING, CONFORMANCE, LOAD, PROBE, STREAM, TRACE
from runner.measure import calls, ceiling, clock, conformance, load, probe, stream, trace
from runner.measure.afar import Afar
from runner.measure.asked import asked
from runner.measure.bench import Bench, Result
from runner.measure.boxes import (
    FLEET_PROGRAM,
    has_server,
    probe_program,
    programs,
    server_program,
)
from runner.measure.fleet import OnProgress
from runner.measure.missing import judged, missing_ring
from runner.measure.server import ClaimError, InstrumentFault, ServerFault
from runner.measure.tracing import traced, with_coroutines
from runner.measure.turn_group import TurnGroup
from runner.measure.witness import Witness
from runner.plan import Trial
from runner.records.fleet_output import FleetProgress
from runner.records.json_line import line_of
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.untrusted import clean_lines

LEAVING_SECONDS = 3.0
"""A daemon that is stopped ends its boxes first, and exits itself a moment later."""
REASON_MAX = 4_000
TRACEBACK_MAX = 16_000

Unbuilt = Mapping[Program, BuildError | MissingError]

RUNNERS: Mapping[str, Callable[[Trial, Bench], Result]] = {
    LOAD.name: load.run,
    CEILING.name: ceiling.run,
    STREAM.name: stream.run,
    PROBE.name: probe.run,
    TRACE.name: trace.run,
    CALLS.name: calls.run,
    CONFORMANCE.name: conformance.run,
}
"""The steps of a trial, by its kind."""

__all__ = [
    "FLEET_PROGRAM",
    "ClaimError",
    "ServerFault",
    "Unbuilt",
    "Witness",
    "judged",
    "missing_ring",
    "programs",
    "run",
    "run_all",
    "server_program",
    "traced",
    "with_coroutines",
]


def _ignore(_progress: FleetProgress) -> None:
    """For callers that do not show the load generator's progress."""


def run_all(
    trials: Sequence[Trial],
    engine: Engine,
    unbuilt: Unbuilt,
    on_progress: OnProgress = _ignore,
    afar: Afar | None = None,
) -> list[Outcome]:
    """Runs one trial, or several at the same time in turns; the results in the order of the
    trials. `afar` are the hosts that send the load of a trial that asks for others; such a trial
    runs alone."""
    if len(trials) == 1:
        return [run(trials[0], engine, unbuilt, on_progress, afar=afar)]
    group = TurnGroup(len(trials))
    results: dict[str, Outcome] = {}

    def run_one(trial: Trial) -> None:
        try:
            results[trial.id] = run(trial, engine, unbuilt, on_progress, group)
        except BaseException as error:  # noqa: BLE001 - nothing else catches it in a thread
            results[trial.id] = _measurement(trial, _broken(error))

    # Daemons: an interrupted run does not wait for them, its engine ends their boxes.
    threads = [Thread(target=run_one, args=(trial,), daemon=True) for trial in trials]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[trial.id] for trial in trials]


def run(
    trial: Trial,
    engine: Engine,
    unbuilt: Unbuilt,
    on_progress: OnProgress = _ignore,
    group: TurnGroup | None = None,
    afar: Afar | None = None,
) -> Outcome:
    """Never raises: whatever goes wrong is the trial's outcome. `group` are the trials that run at
    the same time. The record of a FAIL that a repeat would meet again has `final`."""
    group = group or TurnGroup()
    began = clock.now()
    try:
        outcome = _outcome(trial, engine, unbuilt, on_progress, group, afar)
    except Exception as error:  # noqa: BLE001 - a trial never takes the run with it
        outcome = _broken(error)
    finally:
        group.leave()
    ended = clock.now()
    status, reason, metrics, record = outcome
    jumped = clock.jump(began, ended)
    if jumped and status in (Status.OK, Status.INVALID):
        status, reason = Status.INVALID, f"{jumped}; {reason}" if reason else jumped
    timed = replace(record, began=began.wall, ended=ended.wall)
    return _writable(trial, _measurement(trial, (status, reason, metrics, timed)))


def _outcome(
    trial: Trial,
    engine: Engine,
    unbuilt: Unbuilt,
    on_progress: OnProgress,
    group: TurnGroup,
    afar: Afar | None,
) -> Result:
    """With what the kernel denied to the server in its record, and in the reason where that seems
    to be why the server failed."""
    witness = Witness(engine)
    bench = partial(Bench, witness, on_progress=on_progress, group=group, afar=afar)
    status, reason, metrics, record = _result(trial, witness, unbuilt, bench)
    lost = afar.lost() if status is Status.FAIL and afar is not None and trial.hosts else ""
    if lost:  # what became of the server then, its clients' host may have caused
        status, reason = Status.ERROR, f"{lost}; {reason}"
        record = replace(record, final=False)
    reason += witness.hint(reason) if status is Status.FAIL else ""
    granted = replace(record.granted, denied=witness.denied())
    return status, reason, metrics, replace(record, granted=granted)


def _result(
    trial: Trial, engine: Witness, unbuilt: Unbuilt, bench: Callable[[ExitStack], Bench]
) -> Result:
    try:
        _require_built(trial, unbuilt)
        return _tried(trial, engine, bench)
    except MissingError as missing:
        return Status.SKIP, str(missing), {}, TrialRecord()
    except BuildError as fault:
        return Status.FAIL, str(fault), {}, TrialRecord(final=True)
    except ServerFault as fault:
        return _at_fault(fault, engine)
    except InstrumentFault as fault:
        return Status.INVALID, str(fault), {}, TrialRecord()
    except (EngineError, OSError) as error:
        return Status.ERROR, str(error), {}, TrialRecord()


def _tried(trial: Trial, engine: Witness, bench: Callable[[ExitStack], Bench]) -> Result:
    try:
        with ExitStack() as boxes:
            return RUNNERS[trial.measure](trial, bench(boxes))
    except ClaimError as claim:
        program = probe_program(trial) if claim.role == "probe" else server_program(trial)
        alone = not has_server(trial)
        raise judged(claim, engine, program, alone=alone, denied=trial.deny) from claim


def _at_fault(fault: ServerFault, engine: Engine) -> Result:
    if fault.obedient and not engine.stays(LEAVING_SECONDS):
        gone = f"engine {engine.name} stopped and ended its boxes: {fault}"
        return Status.ERROR, gone, {}, TrialRecord()
    return Status.FAIL, str(fault), {}, TrialRecord(final=fault.final)


def _broken(error: BaseException) -> Result:
    """A fault of the runner's own code."""
    text = str(error) if len(str(error)) <= REASON_MAX else str(error)[:REASON_MAX]
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" at {frame.name}:{frame.lineno}" for frame in where)
    reason = f"the runner itself failed: {type(error).__name__}: {text}{place}"
    trace_text = "".join(traceback.format_exception(error))
    return (
        Status.ERROR,
        reason,
        {},
        TrialRecord(traceback=clean_lines(trace_text)[-TRACEBACK_MAX:]),
    )


def _writable(trial: Trial, measured: Outcome) -> Outcome:
    """What cannot be written to disk is a fault of this code, of this trial alone."""
    try:
        line_of(measured)
    except (TypeError, ValueError) as error:
        return _measurement(trial, _broken(error))
    return measured


def _measurement(trial: Trial, outcome: Result) -> Outcome:
    status, reason, metrics, record = outcome
    return Outcome(
        trial=trial.id,
        cell=trial.cell,
        block=trial.block,
        status=status,
        reason=clean_lines(reason)[:REASON_MAX],
        metrics=metrics,
        record=replace(record, asked=asked(trial)),
    )


def _require_built(trial: Trial, unbuilt: Unbuilt) -> None:
    if trial.skip is not None:
        what, _, remedy = trial.skip.partition("; ")
        raise MissingError(what, remedy)
    for program in programs(trial):
        if program not in unbuilt:
            continue
        problem = unbuilt[program]
        if program.role != "server" and isinstance(problem, BuildError):
            raise EngineError(f"the {program.role} does not compile: {problem}")
        raise problem
