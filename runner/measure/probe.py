"""One probe: a program that tells facts, alone or as the only client of a server.

docs/probes.md is the contract. A probe is an instrument of the runner: when it fails, that is the
lab's own ERROR, unless the server beside it is to blame.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from runner.engine.box import Engine, EngineError, MissingError, Running, SilenceError
from runner.measure.boxes import has_server, probe_box, server_box
from runner.measure.server import last_words, missing, ready, require_alive, usage
from runner.measurement import Status
from runner.plan import Trial

MOST_FINDINGS = 10_000


def probed(
    trial: Trial, engine: Engine, boxes: ExitStack
) -> tuple[Status, str, dict[str, float | str], dict[str, Any]]:
    """`findings` as they were told, `samples` of the server's accounting where the probe asked
    for one, by the names that it gave them."""
    deadline = time.monotonic() + trial.timeout_ns / 1e9
    server = port = None
    if has_server(trial):
        server = engine.launch(server_box(trial, engine), None)
        boxes.callback(server.remove)
        port = ready(server)
    probe = engine.launch(probe_box(trial, engine, port), server)
    boxes.callback(probe.remove)
    findings, samples = _told(probe, server, deadline)
    if server is not None:
        require_alive(server)
    if not findings:
        raise EngineError(f"the probe found nothing: {last_words(probe)}")
    record = {
        "granted": {"probe": asdict(probe.nofile)}
        | ({"server": asdict(server.nofile)} if server is not None else {}),
        "isolation": list(probe.isolation),
        "placement": {"server": trial.server_cpus, "probe": trial.fleet_cpus if server else ()},
        "findings": findings,
        "samples": samples,
    }
    return Status.OK, "", {"findings": len(findings)}, record


def _told(
    probe: Running, server: Running | None, deadline: float
) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    findings: list[dict[str, Any]] = []
    samples: dict[str, dict[str, int]] = {}
    while True:
        try:
            line = probe.read_line(max(0.0, deadline - time.monotonic()))
        except SilenceError:
            if server is not None:
                require_alive(server)
            raise EngineError(f"the probe did not end in time: {last_words(probe)}") from None
        if line is None:
            break
        if line.startswith("MISSING "):
            raise MissingError(*missing(line))
        told = _object(line)
        if set(told) == {"sample"}:
            if server is None:
                raise EngineError("the probe asked for a sample of a server, and there is none")
            samples[str(told["sample"])] = asdict(usage(server))
            probe.write_line("sampled")
            continue
        findings.append(told)
        if len(findings) > MOST_FINDINGS:
            raise EngineError(f"the probe told more than {MOST_FINDINGS} findings")
    ended = probe.exited(max(0.0, deadline - time.monotonic()))
    if ended is None or ended.code != 0:
        if server is not None:
            require_alive(server)
        raise EngineError(f"the probe failed: {last_words(probe)}")
    return findings, samples


def _object(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        raise EngineError(f"the probe said what is no JSON: {line[:80]!r}") from None
    plain = isinstance(told, dict) and all(
        isinstance(value, str | int | float) for value in told.values()
    )
    if not plain:
        raise EngineError(f"the probe said what is no finding: {line[:80]!r}")
    return dict(told)
