"""A widespread belief, and what is measured instead: change the measurement, and the answer
follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from runner import machine
from runner.claims import BELIEFS, DECIDED, Standing, answers, rule
from runner.claims.beliefs import SPEC
from runner.cli import cli
from runner.cli.exit_codes import Exit
from runner.paths import ROOT
from runner.records.outcome import Outcome, Status
from runner.report.beliefs import beliefs_page
from runner.report.claims import command
from runner.results import RunFolder
from runner.spec import Cell, load
from tests.claims.telling import measurements, probe
from tests.claims.world import World
from tests.recorded import recorded

S, N, R = Standing.SUPPORTED, Standing.NUANCED, Standing.REFUTED
PAGE = ROOT / "docs" / "misunderstandings.md"

Told = list[Mapping[str, Any]]

PROBED: dict[str, tuple[str, Told, tuple[str, Any]]] = {
    "M3": ("select_ceiling", [{"variant": "plain", "fd": 20, "outcome": "ready"},
                              {"variant": "plain", "fd": 1024, "outcome": "corrupted"}],
           ("outcome", "EMFILE")),
    "M6": ("notification", [{"trigger": "edge", "rest": "not reported"}], ("rest", "reported")),
    "M7": ("notification", [{"way": "an epoll each", "median": 4}], ("median", 1)),
    "M8": ("accepting", [{"way": "an epoll each, EPOLLEXCLUSIVE", "balance": "one thread"}],
           ("balance", "all threads")),
    "M9": ("notification", [{"duplicate": "open", "closed_descriptor": "reported"}],
           ("closed_descriptor", "not reported")),
    "M10": ("disk_file", [{"call": "epoll", "of": "new file", "answer": "EPERM",
                           "cold_read": "sleeps", "way": "in the loop", "client": "stopped"}],
            ("client", "served")),
    "M11": ("notification", [{"read": "blocking", "second_read": "sleeps"}],
            ("second_read", "EAGAIN")),
    "M12": ("notification", [{"watched_for": "input and room", "idle": "spins"}],
            ("idle", "sleeps")),
    "M13": ("blocking_call", [{"call": "time.sleep", "b": "stopped"}], ("b", "served")),
    "M20": ("one_loop", [{"way": "flag, then poll", "worst_lost": 20}], ("worst_lost", 0)),
    "M22": ("byte_stream", [{"case": "joined", "messages_in_one_read": 3},
                            {"case": "cut", "one_read": "returns a part"},
                            {"case": "part", "one_write": "takes a part"}],
            ("messages_in_one_read", 1)),
    "M21": ("task_group", [{"way": "gather", "case": "one child fails", "running": 2}],
            ("running", 0)),
}  # fmt: skip
"""The findings as they were seen, and one that is otherwise."""

TRACED: dict[str, tuple[tuple[str, ...], dict[str, Any], tuple[str, Any]]] = {
    "M1": (("nonblocking",), {"synchrony": "synchronous"}, ("synchrony", "asynchronous")),
    "M2": (("select", "poll", "epoll"),
           {"notification_means": "readiness", "copied_by": "application"},
           ("copied_by", "kernel")),
    "M14": (("asyncio", "uvloop"), {"reader_threads": 1, "blocks_in": "epoll"},
            ("reader_threads", 4)),
    "M17": (("posix_aio",), {"copied_by": "helper"}, ("copied_by", "kernel")),
}  # fmt: skip


def trial(measure: str, repeat: int, metrics: Mapping[str, float | str], **axes: Any) -> Outcome:
    cell = Cell("models", (*axes.items(), ("language", "c")))
    record = recorded(asked={"measure": measure, "idle": axes.get("idle", 0)})
    name = f"models/{cell.name}#{repeat + 1}"
    return Outcome(name, cell, repeat, Status.OK, metrics=dict(metrics), record=record)


def facts(change: bool) -> Iterator[tuple[str, list[Outcome]]]:
    for repeat, (belief, (name, told, (field, value))) in enumerate(PROBED.items()):
        changed = [{**f, field: value} if change and field in f else dict(f) for f in told]
        yield belief, [probe(name, changed, repeat)]
    for belief, (labs, metrics, (metric, value)) in TRACED.items():
        seen = {**metrics, metric: value} if change else metrics
        yield belief, [trial("trace", 0, seen, lab=lab) for lab in labs]


def loads(metrics: Mapping[str, Mapping[str, float]], repeats: int = 8) -> list[Outcome]:
    """Each lab's metrics in every block; blocks differ, and all labs of a block alike."""
    return [
        trial("load", block, {k: v * (1 + block / 500) for k, v in each.items()}, lab=lab)
        for block in range(repeats)
        for lab, each in metrics.items()
    ]


def costs(**each: float) -> list[Outcome]:
    return loads({lab: {"cpu_per_request": cost} for lab, cost in each.items()})


def within(experiment: str, outcomes: list[Outcome]) -> list[Outcome]:
    return [
        replace(each, cell=Cell(experiment, each.cell.values, each.cell.varying))
        for each in outcomes
    ]


def calls(**each: float) -> list[Outcome]:
    return [trial("calls", 0, {"syscalls_per_request": n}, lab=lab) for lab, n in each.items()]


def memory(each: float) -> list[Outcome]:
    return loads({"thread": {"memory_per_connection": each, "threads": 551}}, 3)


def tail(due: float, unsent: float) -> list[Outcome]:
    metrics = {"p99": due, "p99_uncorrected": 1e6, "unsent_share": unsent}
    return loads({"asyncio": metrics}, 1)


WEIGHED: list[tuple[str, list[Outcome], Standing]] = [
    ("M4", measurements(World()), N),
    ("M4", measurements(World(kept={"select": 0.6, "poll": 0.97, "epoll": 0.97})), R),
    ("M5", within("loops", costs(epoll_et=5000, epoll=5000)), R),
    ("M5", within("loops", costs(epoll_et=3000, epoll=5000)), S),
    ("M5", within("loops", costs(epoll_et=5000, epoll=5000)[:4]), Standing.INCONCLUSIVE),
    ("M5", within("crowds", costs(epoll_et=3000, epoll=5000)), Standing.INCONCLUSIVE),
    ("M15", costs(io_uring=5100, epoll=5000), R),
    ("M15", costs(io_uring=3000, epoll=5000), S),
    ("M16", costs(epoll=5000, thread=7000) + calls(epoll=3.0, thread=2.0), R),
    ("M16", costs(epoll=5000, thread=7000) + calls(epoll=2.0, thread=3.0), S),
    ("M16", costs(epoll=5000, thread=7000, fork=9000) + calls(epoll=3.0, thread=2.0, fork=6.0),
     N),
    ("M16", costs(epoll=5000, thread=7000) + calls(epoll=2.0, thread=2.0),
     Standing.INCONCLUSIVE),
    ("M23", loads({"thread": {"rate": 130e3}, "epoll": {"rate": 190e3}}), R),
    ("M23", loads({"thread": {"rate": 230e3}, "epoll": {"rate": 190e3}}), S),
    ("M18", memory(12_571), R),
    ("M18", memory(8 << 20), S),
    ("M19", tail(9e6, 0.4), R),
    ("M19", tail(1.1e6, 0.4), S),
    ("M19", tail(1.1e6, 0), Standing.INCONCLUSIVE),
]  # fmt: skip


@pytest.mark.parametrize(("change", "standings"), [(False, {R}), (True, {S, N})])
def test_a_fact_settles_the_belief(change: bool, standings: set[Standing]) -> None:
    seen = dict(facts(change))
    assert set(seen) | {belief for belief, _, _ in WEIGHED} == set(BELIEFS)
    for belief, told in seen.items():
        ruling = rule(BELIEFS[belief], told)
        assert ruling.standing in standings, f"{belief}: {ruling.because}"
        for outcome in told if not change else ():
            shown = [*outcome.metrics.values()] or [
                value for finding in outcome.record.findings or () for value in finding.values()
            ]
            assert any(str(value) in ruling.figure for value in shown), belief


@pytest.mark.parametrize(("belief", "told", "standing"), WEIGHED)
def test_an_interval_settles_the_belief(
    belief: str, told: list[Outcome], standing: Standing
) -> None:
    ruling = rule(BELIEFS[belief], told)
    assert ruling.standing is standing, ruling


def test_what_an_instrument_could_not_see_settles_nothing() -> None:
    unknown = trial("trace", 0, {"synchrony": "unknown"}, lab="nonblocking")
    assert rule(BELIEFS["M1"], [unknown]).standing is Standing.INCONCLUSIVE
    one_of_three = trial("trace", 0, TRACED["M2"][1], lab="epoll")
    assert rule(BELIEFS["M2"], [one_of_three]).standing is Standing.NO_EVIDENCE


def test_without_evidence_the_page_names_the_command() -> None:
    answered = answers([])
    assert {ruling.standing for _, ruling in answered} == {Standing.NO_EVIDENCE}
    page = beliefs_page(answered, {})
    assert all(f"`{command(belief)}`" in page for belief in BELIEFS.values())


def test_each_belief_is_an_experiment_that_exists_and_is_on_the_page() -> None:
    suite = load(ROOT / SPEC.removesuffix(":"))
    titles = {f"{SPEC}{each.id}": each.title for each in suite.experiments}
    known = {*titles, *(each.id for each in load(ROOT / "experiments.yaml").experiments)}
    page = PAGE.read_text(encoding="utf-8")
    used = [each for belief in BELIEFS.values() for each in belief.experiments]
    assert set(titles) <= set(used) <= known
    for belief in BELIEFS.values():
        own = [titles[each] for each in belief.experiments if each in titles]
        assert own in ([], [belief.says])
        assert f'{belief.id}: "{belief.says}"' in page
        assert all((ROOT / each).exists() for each in belief.see)


def test_the_command_shows_them_and_writes_the_page(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "20260101T000000-x")
    folder.path.mkdir()
    about = {"format": 1, "host": machine.gather(), "engine": {"name": "fake"}}
    folder.write("run.json", json.dumps(about))
    for _, told in facts(change=False):
        for measurement in told:
            folder.append(measurement)

    def claims(*words: str) -> Any:
        call = ["claims", *words, "--results", str(tmp_path)]
        return CliRunner().invoke(cli, call, standalone_mode=False)

    one = claims("m9")
    assert one.return_value == Exit.OK
    assert one.output.startswith("M9   REFUTED")
    assert claims("--misunderstandings").return_value == Exit.INCONCLUSIVE  # the loads are missing
    rows = json.loads(claims("--misunderstandings", "--json").output)
    assert [row["id"] for row in rows] == list(BELIEFS)
    claims("--misunderstandings", "-o", str(tmp_path / "page.md"))
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    decided = [row for row in rows if row["standing"] in DECIDED]
    assert {row["id"] for row in decided} == {*PROBED, *TRACED}
    assert all(row["figure"] in page for row in decided)
