"""Run folders as a stranger would make them: a sound one, with one thing in it changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram
from hypothesis import strategies as st

from runner.plan import Host, expand
from runner.records.outcome import Outcome, Status
from runner.results import RunFolder
from runner.spec import METRICS, effective, load
from tests.recorded import SAMPLE, recorded

SPEC = """\
version: 1
defaults: {repeat: 3}
experiments:
  - id: idle
    title: What do idle connections cost?
    server: {lab: [poll, epoll]}
    fleet: {idle: [0, 900]}
    expect:
      - {ratio: rate, of: {lab: epoll, idle: 900}, to: {lab: poll, idle: 900}, at_least: 2}
      - {metric: errors, of: {}, at_most: 0}
  - id: ceiling
    title: Where does each stop?
    measure: ceiling
    server: {lab: [select, epoll]}
    limits: {nofile: [256, max]}
    expect:
      - {metric: limit, of: {}, equals: EMFILE}
  - id: play
    title: Does it keep time?
    measure: stream
    server: {lab: aplay, language: python}
    fleet: {listeners: 2}
  - id: calls
    title: What does a request cost?
    measure: calls
    server: {lab: [epoll, poll]}
  - id: probe
    title: What has this kernel?
    claims: [C9, C14]
    measure: probe
    probe: {name: kernel_has}
    expect:
      - {finding: state, of: {}, where: {family: epoll}, equals: present}
  - id: seen
    title: What is it seen to be?
    claims: [C22]
    measure: trace
    server: {lab: epoll}
    expect:
      - {metric: model, of: {}, equals: epoll}
"""
TEXTS = (
    "", "x", "\x1b]0;pwned\x07\x1b[31m", "::error::pwned", "\n::error::pwned", "##[group]pwned",
    "a|b\r\n\x85\u2028c", "\u202egnp", "\ud800", "\x00\x9b", "<img src=x> [l](http://x) `c`",
    "=cmd|' /C calc'!A0", "../../../../etc/passwd", "/dev/zero", "\ufffe\uffff", "1" * 5000, "FAIL",
)  # fmt: skip
SHOWN_TEXTS = (
    "\u202egnp", "x\u2066y", "\u200b", "a\u2028b", "a\u00adb", "\ufeffz", "##[group]pwned",
    "::error::pwned", "<img src=x> [l](http://x) `c`", "a|b", "=cmd|x", "{{7*7}}", "]]>",
)  # fmt: skip
"""What YAML takes as text, without a control character."""
NUMBERS = (0, -1, 1, 1 << 31, 1 << 63, 10**29, 10**40, 0.5, -0.0, 1e-300, 5e-324, 1e300)


def values() -> st.SearchStrategy[Any]:
    """What may stand where anything else was."""
    plain = st.one_of(
        st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.text()
    )
    deep: Any = []
    for _ in range(60):
        deep = [deep]
    return st.one_of(
        plain, st.just(deep), st.lists(plain, max_size=3),
        st.dictionaries(st.sampled_from((*TEXTS, *METRICS)), plain, max_size=3),
    )  # fmt: skip


def places(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value in it."""
    yield before
    inside: dict[Any, Any] = document if isinstance(document, dict) else {}
    if isinstance(document, list):
        inside = dict(enumerate(document))
    for key, value in inside.items():
        yield from places(value, (*before, key))


def value_at(document: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        document = document[key]
    return document


def changed(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    found = copy.deepcopy(document)
    inside = found
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return found


def made(parent: Path) -> RunFolder:
    """A sound folder with a trial of every kind of measurement, sealed by nothing yet."""
    path = parent / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    suite = load(path)
    folder = RunFolder.create(parent / "results", "spec")
    host = {"kernel": "6.1", "cpu": "a CPU", "cpus": [0, 1], "sysctl": {"a": "b"}, "git": None,
            "memory_bytes": 1 << 30}  # fmt: skip
    options: dict[str, Any] = {"spec": "spec.yaml", "engine": "auto", "only": [], "overrides": [],
                               "repeat": None, "seed": None, "quick": False,
                               "full": False}  # fmt: skip
    engine = {"name": "process", "lacks": ["a thing"], "programs": {"epoll (c)": "sha256:1"}}
    about = {"format": 2, "id": "ab", "started": "2026-11-24T23:40:24+00:00", "spec": "spec.yaml",
             "spec_hash": "cd", "seed": 1, "quick": False, "trials": 33, "options": options,
             "engine": engine, "host": host}  # fmt: skip
    folder.begin(about, effective(suite))
    for trial in expand(suite, Host(4096, (0, 1))).trials:
        metrics, record = METRICS_OF[trial.measure], recorded(**_record(trial.measure))
        folder.append(Outcome(trial.id, trial.cell, trial.block, Status.OK, "", metrics, record))
    folder.resume({"started": "2026-11-25T23:40:24+00:00", "engine": engine, "host": host})
    return folder


def _latencies() -> HdrHistogram:
    """As a load generator prints them."""
    histogram = HdrHistogram(1_000, 3_600_000_000_000, 3)
    for step in range(2_000):
        histogram.record_value(200_000 + 100 * step)
    return histogram


LATENCIES = str(_latencies().encode().decode())
P50, P90, P99 = (float(_latencies().get_value_at_percentile(share)) for share in (50, 90, 99))
METRICS_OF: dict[str, dict[str, float | str]] = {
    "load": {"rate": 1e5, "p50": P50, "p90": P90, "p99": P99, "errors": 0, "threads": 1,
             "server_cpu": 0.9},
    "ceiling": {"served": 250, "limit": "EMFILE", "refused_fd": 256, "threads": 1},
    "probe": {"findings": 1},
    "stream": {"frame_rate": 50.0, "lateness_p50": P50, "lateness_p99": P99, "gaps": 0,
               "errors": 0},
    "calls": {"syscalls_per_request": 3.0, "calls_by_name": "read 1.00, write 1.00, poll 1.00"},
    "trace": {"model": "epoll", "blocks_in": "epoll", "notification_means": "readiness",
              "copied_by": "application", "synchrony": "synchronous", "blocking": "blocking",
              "calls_per_request": 3.0, "idle_cpu": 0.0},
}  # fmt: skip


def _record(measure: str) -> dict[str, Any]:
    return {
        "asked": {"measure": measure, "idle": 900, "looks": [3, 6], "server_cpus": [0],
                  "fleet_cpus": [1], "warmup_ns": 1000000},
        "granted": {"server": {"soft": 256, "hard": 256}},
        "isolation": ["net", "pid"],
        "placement": {"server": [0], "fleet": [1], "shared": False, "pinned": "cpuset",
                      "path": "loopback"},
        "notes": ["a note"], "settled": True,
        "findings": [{"family": "epoll", "state": "present", "case": "x", "ns": 5.5}],
        "samples": {"idle-began": {**SAMPLE, "at_ns": 1, "threads": 1}},
        "trace": {"timeline": {"total_ns": 10, "wait_ns": 5, "copy_ns": 1}, "switches": 3,
                  "counts": {"requests": 9, "calls": {"read": 1.0, "write": 1.0, "poll": 1.0}}},
        "series": {"interval_ns": 25000000, "requests": [90, 100, 95, 102]},
        "fleets": [{"latency": LATENCIES, "loop": {"uncorrected": LATENCIES},
                    "stream": {"lateness": LATENCIES}}],
    }  # fmt: skip


def as_json(value: Any) -> bytes:
    """As another program may write it: NaN, and halves of characters as escapes."""
    return json.dumps(value).encode()
