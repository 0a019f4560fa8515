"""One trial on one engine: a server, its fleet, the kernel's accounting around the window.

The steps are those of the trial, top to bottom. What goes wrong is put at the right door: the
server's fault is FAIL, the instrument's INVALID, the lab's own ERROR.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from threading import Thread
from typing import Any

from runner.engine.box import BuildError, Engine, EngineError, MissingError, Program
from runner.engine.sources import flags_of
from runner.environment import Moment, Own, disturbance, moment
from runner.measure import clock
from runner.measure.boxes import (
    FLEET_PROGRAM,
    fleet_box,
    programs,
    server_box,
    server_program,
)
from runner.measure.fleet import Part, Told
from runner.measure.place import placement
from runner.measure.probe import probed
from runner.measure.server import (
    InstrumentFault,
    ServerFault,
    ready,
    refusals,
    require_alive,
    require_all_held,
    usage,
)
from runner.measure.steady import unsettled
from runner.measure.together import Together
from runner.measure.tracing import traced, traced_trial, with_coroutines
from runner.measurement import Measurement, Status
from runner.metrics import (
    Window,
    busy,
    ceiling_metrics,
    load_metrics,
    merged,
    remarks,
    saturation,
    series,
    stream_metrics,
    stretch,
    without_steps,
)
from runner.plan import Trial

LEAVING_SECONDS = 3.0
"""A daemon that is stopped ends its boxes first, and is gone itself a moment later."""

Unbuilt = Mapping[Program, BuildError | MissingError]

__all__ = [
    "FLEET_PROGRAM",
    "ServerFault",
    "Unbuilt",
    "programs",
    "run",
    "run_all",
    "server_program",
    "traced",
    "with_coroutines",
]


def _hush(_event: Mapping[str, Any]) -> None:
    """Nobody listens to the fleet's progress."""


def run_all(
    trials: Sequence[Trial], engine: Engine, unbuilt: Unbuilt, told: Told = _hush
) -> list[Measurement]:
    """One trial, or several at the same time that take turns; in their order."""
    if len(trials) == 1:
        return [run(trials[0], engine, unbuilt, told)]
    together = Together(len(trials))
    found: dict[str, Measurement] = {}

    def run_one(trial: Trial) -> None:
        found[trial.id] = run(trial, engine, unbuilt, told, together)

    # Daemons: an interrupted run does not wait for them, its engine ends their boxes.
    threads = [Thread(target=run_one, args=(trial,), daemon=True) for trial in trials]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[trial.id] for trial in trials]


def run(
    trial: Trial,
    engine: Engine,
    unbuilt: Unbuilt,
    told: Told = _hush,
    together: Together | None = None,
) -> Measurement:
    """Never raises for what a trial can do wrong; EngineError becomes ERROR. `together` where
    others run at the same time."""
    together = together or Together()
    began = clock.now()
    try:
        _require_built(trial, unbuilt)
        with ExitStack() as boxes:
            if trial.measure == "probe":
                status, reason, metrics, record = probed(trial, engine, boxes)
            elif trial.measure == "trace":
                status, reason, metrics, record = traced_trial(trial, engine)
            else:
                status, reason, metrics, record = _measure(trial, engine, boxes, told, together)
    except MissingError as missing:
        status, reason, metrics, record = Status.SKIP, str(missing), {}, {}
    except ServerFault as fault:
        status, reason, metrics, record = Status.FAIL, str(fault), {}, {}
        if fault.obedient and not engine.stays(LEAVING_SECONDS):
            status = Status.ERROR
            reason = f"engine {engine.name} went away and ended its boxes: {reason}"
    except BuildError as fault:
        status, reason, metrics, record = Status.FAIL, str(fault), {}, {}
    except InstrumentFault as fault:
        status, reason, metrics, record = Status.INVALID, str(fault), {}, {}
    except (EngineError, OSError) as error:
        status, reason, metrics, record = Status.ERROR, str(error), {}, {}
    finally:
        together.leave()
    ended = clock.now()
    jumped = clock.jump(began, ended)
    if jumped and status in (Status.OK, Status.INVALID):
        status, reason = Status.INVALID, f"{jumped}; {reason}" if reason else jumped
    return Measurement(
        trial=trial.id,
        cell=trial.cell,
        block=trial.block,
        status=status,
        reason=reason,
        metrics=metrics,
        record={"began": began.wall, "ended": ended.wall, "asked": _asked(trial), **record},
    )


def _require_built(trial: Trial, unbuilt: Unbuilt) -> None:
    if trial.skip is not None:
        raise MissingError(trial.skip, "raise the hard limit (`ulimit -Hn`) or ask for less")
    for program in programs(trial):
        if program not in unbuilt:
            continue
        problem = unbuilt[program]
        if program.role != "server" and isinstance(problem, BuildError):
            raise EngineError(f"the {program.role} does not compile: {problem}")
        raise problem


def _measure(
    trial: Trial, engine: Engine, boxes: ExitStack, told: Told, together: Together
) -> tuple[Status, str, dict[str, float | str], dict[str, Any]]:
    timeout = trial.timeout_ns / 1e9 * max(1, trial.turns)
    deadline = time.monotonic() + timeout
    before = moment()
    with together.setting_up():
        server = engine.launch(server_box(trial, engine), None)
        boxes.callback(server.remove)
        port = ready(server)
        at_ready = usage(server)
        fleets = []
        for index in range(trial.fleets):
            fleets.append(engine.launch(fleet_box(trial, engine, index, port), server))
            boxes.callback(fleets[-1].remove)
        parts = [Part(fleet, server, deadline, told) for fleet in fleets]
        connected = [part.until("connected") for part in parts]
        if trial.measure != "ceiling":
            require_all_held(trial, connected, server)
        at_connected = usage(server)
    together.connected(timeout)
    for part in parts:
        part.fleet.write_line("start")
    for part in parts:
        part.until("measuring")
    start, at_start = moment(), usage(server, memory=False)
    for part in parts:
        part.until("measured")
    at_end, end = usage(server, memory=False), moment()
    results = [part.until("result") for part in parts]
    refused = refusals(server, trial, results)
    require_alive(server)
    unsteady = unsettled(results) if trial.measure == "load" else None
    record = {
        "granted": {"server": asdict(server.nofile), "fleet": asdict(fleets[0].nofile)},
        "isolation": list(server.isolation),
        "placement": placement(trial, server),
        "moments": {
            name: each.as_json()
            for name, each in zip(
                ("before", "start", "end", "after"), (before, start, end, moment()), strict=True
            )
        },
        "settled": unsteady is None,
        "usage": [asdict(sample) for sample in (at_ready, at_connected, at_start, at_end)],
        "refusals": refused,
        "connected": connected,
        "series": series(results),
        "fleets": [without_steps(result) for result in results],
    }
    window = Window(at_ready, at_connected, at_start, at_end, stretch(results))
    fleet = merged(results)
    record["notes"] = remarks(trial.measure, fleet, window.server_cpu)
    metrics = {
        "ceiling": lambda: ceiling_metrics(window, fleet, connected, refused),
        "stream": lambda: stream_metrics(window, fleet, connected, results),
        "load": lambda: load_metrics(window, fleet, connected),
    }[trial.measure]()
    disturbed = None
    if trial.measure != "ceiling":  # a limit is where it is, however busy the machine
        owns = _owns(trial, start, end, window, results)
        beside = together.measured(trial.id, end.at_ns - start.at_ns, owns, timeout)
        disturbed = disturbance(start, end, (*owns, *beside), trial.disturbance / 100) or unsteady
    record["disturbed"] = disturbed
    spoilt = disturbed or saturation(trial.measure, metrics, fleet)
    return (Status.INVALID if spoilt else Status.OK), spoilt or "", metrics, record


def _owns(
    trial: Trial, start: Moment, end: Moment, window: Window, results: Sequence[Mapping[str, Any]]
) -> tuple[Own, ...]:
    """What server and fleet used themselves."""
    wall = end.at_ns - start.at_ns
    shares = [(busy(r["cpu"]), int(r["cpu"].get("wait_ns") or 0)) for r in results]
    fleet_wall = max(1, *(int(r["cpu"]["wall_ns"] * window.stretch) for r in results))
    # Several fleets wait for each other, and so do several threads of a server.
    fleet_waited = shares[0][1] / fleet_wall if len(shares) == 1 else 0.0
    server_waited = window.waited if window.end.threads == 1 else 0.0
    used = sum(own for own, _ in shares) / fleet_wall
    return (
        Own("server", trial.server_cpus, int(window.cpu_share * wall), int(server_waited * wall)),
        Own("fleet", trial.fleet_cpus, int(used * wall), int(fleet_waited * wall)),
    )


def _asked(trial: Trial) -> dict[str, Any]:
    return {
        key: value
        for key, value in asdict(trial).items()
        if key not in ("id", "cell", "folder", "form", "probe", "skip")
    } | {
        "lab": str(trial.cell.get("lab")),
        "probe": trial.probe.name if trial.probe else None,
        "flags": _flags(trial),
    }


def _flags(trial: Trial) -> list[str] | None:
    """What a server in C is compiled with; None where it is not, or where they are refused."""
    source = trial.folder / "server.c"
    if trial.language != "c" or not source.is_file():
        return None
    try:
        return list(flags_of(source))
    except BuildError:
        return None
