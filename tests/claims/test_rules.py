"""Turn one knob of the world, and the verdict follows: none of them is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from runner.claims import CLAIMS, DECIDED, LANGUAGES, Lanes, Ruling, Standing, rule, rulings
from runner.claims.rules.platform import DOCUMENTED
from runner.records.outcome import Status
from tests.claims.otherwise import CASES, N, S, with_
from tests.claims.telling import measurements
from tests.claims.world import World

TRUTH = {
    **dict.fromkeys(("C2", "C3", "C4", "C5", "C6"), S),
    **dict.fromkeys(("C1", "C7", "C8", "C9", "C10", "C13", "C14", "C15", "C16", "C17", "C18"), N),
    **dict.fromkeys(("C11", "C12", "C19", "C20"), S),
    **dict.fromkeys(("T1", "T2", "T3"), S),
    "C21": N,
    "C22": N,
    "T4": N,
    "T5": N,
}
"""What the rules must say of the world as Linux was seen to be."""


@cache
def ruling_of(claim: str, world: Callable[[], World]) -> Ruling:
    return rule(CLAIMS[claim], measurements(world()))


def ruled(claim: str, world: World) -> Standing:
    return rule(CLAIMS[claim], measurements(world)).standing


@pytest.mark.parametrize("claim", TRUTH)
def test_the_world_as_it_is(claim: str) -> None:
    ruling = rule(CLAIMS[claim], measurements(World()))
    assert ruling.standing is TRUTH[claim], ruling.because
    assert ruling.figure != "–"
    assert ruling.because.endswith(".")
    assert ruling.tables


@pytest.mark.parametrize(("claim", "otherwise", "standing"), CASES)
def test_a_world_that_is_otherwise(
    claim: str, otherwise: Callable[[], World], standing: Standing
) -> None:
    ruling = ruling_of(claim, otherwise)
    assert ruling.standing is standing, ruling.because
    for language in LANGUAGES:
        said = CLAIMS[claim].text(language).conditions.get(standing, ())
        if standing in DECIDED:
            assert ruling.met, "which of its conditions is met?"
            assert max(ruling.met) < len(said), f"{language}.toml: when is it so?"


@pytest.mark.parametrize(("cost", "why"), [(49e3, "creation and end"), (76e3, "not explain")])
def test_prethread_tells_whether_creation_makes_threads_dear(cost: float, why: str) -> None:
    ruling = rule(CLAIMS["T5"], measurements(with_(designs={"prethread": cost})()))
    assert why in ruling.because


def test_the_comparison_names_what_was_not_measured() -> None:
    only = [m for m in measurements(World()) if m.cell.get("probe") != "call_parts"]
    ruling = rule(CLAIMS["C22"], only)
    assert ruling.standing is N
    models, calls = ruling.tables
    by_lab = {row[0]: row for row in models.rows}
    assert by_lab["select"][-1] == "1,019 clients, FD_SETSIZE"
    assert by_lab["io_uring"][-1] == "run ceilings"
    assert calls.rows[0][1] == "run call-parts"
    [picture] = ruling.plots
    assert isinstance(picture, Lanes)
    lanes = {each.name: each for each in picture.lanes}
    states = {name: (lane.wait.state, lane.copy.state) for name, lane in lanes.items()}
    assert states["nonblocking"] == ("running", "running")
    assert states["posix_aio"] == ("blocked", "elsewhere")
    assert states["io_uring"] == ("blocked", "running")
    assert [name for name, lane in lanes.items() if lane.after] == ["posix_aio", "io_uring"]
    assert [name for name, lane in lanes.items() if not lane.notified] == [
        "blocking",
        "nonblocking",
    ]


def test_every_rule_has_a_world_that_contradicts_it() -> None:
    assert {claim for claim, _, _ in CASES} == set(TRUTH)


def test_without_evidence_there_is_no_verdict_but_a_way_to_one() -> None:
    for claim, ruling in rulings([]):
        assert ruling.standing is Standing.NO_EVIDENCE, claim.id
        assert ruling.because.startswith("nothing was run with ")


@pytest.mark.parametrize("status", [Status.SKIP, Status.ERROR, Status.INVALID, Status.FAIL])
def test_what_was_skipped_or_spoilt_is_no_evidence(status: Status) -> None:
    invalid = [replace(m, status=status, reason="because") for m in measurements(World())]
    for claim, ruling in rulings(invalid):
        ran = claim.id.startswith("S") and status is Status.INVALID
        assert ran or ruling.standing not in DECIDED, claim.id
    found = rule(CLAIMS["C9"], invalid)
    assert found.standing is (Standing.SKIP if status is Status.SKIP else Standing.INCONCLUSIVE)
    assert found.because.endswith(f"{status}: because")


def test_every_condition_of_the_texts_is_met_in_some_world() -> None:
    """The world as it is, or one of those above: no text describes what no rule finds. That epoll
    is on Linux alone would take other manuals, not another world."""
    met = {("C14", S, 0)}
    for claim, make in [*((claim, World) for claim in TRUTH), *(case[:2] for case in CASES)]:
        ruling = ruling_of(claim, make)
        met |= {(claim, ruling.standing, number) for number in ruling.met}
    named = {
        (claim, verdict, number)
        for claim in TRUTH
        for verdict, said in CLAIMS[claim].text().conditions.items()
        for number in range(len(said))
    }
    assert named <= met, sorted(named - met)


def test_too_few_tries_decide_nothing() -> None:
    world = World()
    few = [m for m in measurements(world) if m.cell.get("probe") == "shared_set"]
    facts = [
        {name: 3 if count == 64 else count for name, count in fact.items()}
        for fact in few[0].record.findings or ()
    ]
    few[0] = replace(few[0], record=replace(few[0].record, findings=tuple(facts)))
    assert rule(CLAIMS["C10"], few).standing is Standing.INCONCLUSIVE


def test_a_bit_beyond_what_select_writes_back_survives() -> None:
    """It writes whole words, up to the highest watched descriptor: a few additions are not lost."""
    told = measurements(World())
    [shared] = [m for m in told if m.cell.get("probe") == "shared_set"]
    few = {"never": 60, "next_call": 4}
    facts = [
        {**fact, **few} if (fact["call"], fact["change"]) == ("select", "add") else fact
        for fact in shared.record.findings or ()
    ]
    changed = replace(shared, record=replace(shared.record, findings=tuple(facts)))
    told = [changed if m is shared else m for m in told]
    ruling = rule(CLAIMS["C10"], told)
    assert ruling.standing is N
    assert "lost in 60 of 64 tries" in ruling.because


def test_a_system_with_epoll_besides_linux_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(DOCUMENTED, "illumos")
    assert ruled("C14", World()) is S


def test_the_verdict_names_what_f_setsig_adds() -> None:
    because = rule(CLAIMS["C4"], measurements(World())).because
    assert "64 ready sockets brought 1 SIGIO, and 0 of the sockets were named" in because


def test_systems_run_or_do_not() -> None:
    world = measurements(World())
    assert rule(CLAIMS["S1"], world).because == "Measured here."
    without = [m for m in world if m.cell.get("lab") != "thread"]
    assert rule(CLAIMS["S1"], without).because == "Not run here: thread."
    assert rule(CLAIMS["S7"], world).standing is Standing.RUNS
    no_player = [m for m in world if m.cell.get("lab") != "aplay"]
    assert rule(CLAIMS["S7"], no_player).standing is Standing.NO_EVIDENCE
