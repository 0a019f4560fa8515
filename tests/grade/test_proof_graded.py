"""The proof as a part of an assignment: written in its spec, decided with every check, and what it
costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.box import MissingError
from runner.grade.record import State
from runner.records.observed import Sighting
from runner.spec import Assignment, effective, load
from runner.trace import Trace
from runner.trace.look import Look
from tests.grade.proven import looked
from tests.grade.small import Scripted
from tests.grade.test_grading import Desk
from tests.trace.scripted import FDS, INODES, answers, number_of, scripted, waits
from tests.trace.scripted import looked as asleep

MODEL = """
  - id: model
    title: Does one thread wait in select?
    measure: trace
    server: {lab: submission}
    fleet: {idle: [3]}
    needs: [echo]
    proof: {waits in: 20, serves: 10}
"""
CLIENTS = " ".join(f"{FDS[name]}<socket:[{INODES[name]}]>" for name in FDS)


def by_select(name: str, quiet: int, sent: int) -> list[str]:
    call = f"pselect6(8, [{CLIENTS}], NULL, NULL, NULL, NULL) = 1 (in [{number_of(name)}])"
    return [waits(call, quiet, sent), *answers(name, sent)]


def trace() -> Trace:
    return scripted(by_select, look=Look(threads=(asleep({"select": 36}),)))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    spec = desk.source.spec
    spec.write_text(spec.read_text(encoding="utf-8") + MODEL, encoding="utf-8")
    monkeypatch.setattr("runner.measure.trace.traced", lambda *_, **__: trace())
    see(monkeypatch, looked("select", "connected"))
    return desk


def see(monkeypatch: pytest.MonkeyPatch, shown: Sighting) -> None:
    """What /proc shows while all connections of a load are open."""
    monkeypatch.setattr("runner.measure.rig.glance", lambda *_: shown)


def graded(desk: Desk, engine: Scripted | None = None) -> tuple[State, float, str, dict[str, str]]:
    """Of the check `model`: its state, its points, its reason; and the rulings."""
    done = desk.grade(engine or Scripted())
    check = next(each for each in done.checks if each.id == "model")
    assert check.points == 30
    rulings = {row.claim: row.ruling for row in done.proof}
    return check.state, check.earned, check.reason, rulings


def test_a_proven_model_earns_its_points(desk: Desk) -> None:
    state, earned, _, rulings = graded(desk)
    assert (state, earned) == (State.PASS, 30)
    assert rulings["waits in"] == rulings["serves"] == "PROVEN"


def test_a_check_that_is_measured_later_takes_the_points_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`speed` holds more clients than the trace: there the server polls."""
    see(monkeypatch, looked("poll", "connected"))
    state, earned, reason, rulings = graded(desk)
    assert (state, earned) == (State.FAIL, 0)
    assert rulings["waits in"] == "CONTRADICTED"
    assert "poll(64 descriptors), such as thread 4711" in reason


def test_what_is_not_proven_costs_nothing_and_says_why(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(monkeypatch, Sighting("connected", lacks="Permission denied: syscall"))
    state, earned, reason, rulings = graded(desk)
    assert (state, earned) == (State.INCONCLUSIVE, 30)
    assert rulings["waits in"] == "NOT PROVEN"
    assert "waits in: select: counted as passed: NOT PROVEN: only traced agrees" in reason


def test_without_a_tracer_what_the_other_columns_do_not_prove_is_not_gradable(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> Trace:
        raise MissingError("no strace", "type: sudo apt-get install strace")

    monkeypatch.setattr("runner.measure.trace.traced", none)
    state, earned, reason, _ = graded(desk)
    assert (state, earned) == (State.UNGRADABLE, 0)
    assert "no strace" in reason


def test_a_server_that_fails_its_trace_earns_nothing_by_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.measure.server import ServerFault

    def fails(*_: object, **__: object) -> Trace:
        raise ServerFault("client A got no reply")

    monkeypatch.setattr("runner.measure.trace.traced", fails)
    state, earned, reason, _ = graded(desk)
    assert (state, earned) == (State.FAIL, 0)
    assert "client A got no reply" in reason


def test_a_proof_alone_is_a_check_and_its_points_count(desk: Desk) -> None:
    assignment = desk.source.load()
    (check,) = [each for each in assignment.experiments if each.id == "model"]
    assert (check.points, assignment.points) == (30, 130)
    run = assignment.in_language("c")
    assert all(each.sightings for each in run.experiments)


def test_a_run_that_is_read_again_has_the_same_points(desk: Desk, tmp_path: Path) -> None:
    first = desk.source.load()
    again = tmp_path / "effective.yaml"
    again.write_text(effective(first), encoding="utf-8")
    suite = load(again, labs=False, recorded=True)
    assert isinstance(suite, Assignment)
    assert suite.points == first.points
    assert [each.proof for each in suite.experiments] == [each.proof for each in first.experiments]
