"""Turn one knob of the world, and the verdict follows: none of them is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.claims import CLAIMS, DECIDED, LANGUAGES, Lanes, Standing, rule, rulings
from runner.claims.rules.platform import DOCUMENTED
from runner.records.outcome import Status
from tests.claims.telling import measurements
from tests.claims.world import FLAT, World, linear

S, N, R = Standing.SUPPORTED, Standing.NUANCED, Standing.REFUTED

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


def ruled(claim: str, world: World) -> Standing:
    return rule(CLAIMS[claim], measurements(world)).standing


@pytest.mark.parametrize("claim", TRUTH)
def test_the_world_as_it_is(claim: str) -> None:
    ruling = rule(CLAIMS[claim], measurements(World()))
    assert ruling.standing is TRUTH[claim], ruling.because
    assert ruling.figure != "–"
    assert ruling.because.endswith(".")
    assert ruling.tables


def with_(**changes: dict[object, object] | object) -> Callable[[], World]:
    """A world in which only these entries of its knobs are otherwise."""

    def make() -> World:
        world = World()
        for knob, change in changes.items():
            now = getattr(world, knob)
            setattr(world, knob, {**now, **change} if isinstance(change, dict) else change)
        return world

    return make


TRACED = World().traces


@pytest.mark.parametrize(
    ("claim", "otherwise", "standing"),
    [
        ("C1", with_(runs=(), traces={"nonblocking": {**TRACED["nonblocking"],
                                                      "blocks_in": "read"}}),
         Standing.INCONCLUSIVE),
        ("C1", with_(traces={"sigio": {**TRACED["sigio"], "notified_by": "return"}}), S),
        ("C1", with_(runs=("nonblocking",)), N),
        ("C1", with_(runs=("blocking", "nonblocking", "select", "poll", "epoll", "sigio"),
                     traces={lab: {**seen, "blocks_in": "nowhere"} for lab, seen in TRACED.items()
                             if seen["copied_by"] == "application"}), R),
        ("C2", with_(neighbours={"blocking": (0.01, 0.0, True)}), R),
        ("C2", with_(neighbours={"blocking": (1.0, 0.9, False)}), N),
        ("C3", with_(neighbours={"nonblocking": (0.0, 0.01, True)}), R),
        ("C3", with_(neighbours={"epoll": (0.0, 0.95, True)}), N),
        ("C4", with_(arrivals={"sigio": (True, 1.0)}), R),
        ("C4", with_(served_after_overflow=40), N),
        ("C5", with_(neighbours={"select": (1.0, 0.0, True), "poll": (1.0, 0.0, True),
                                 "epoll": (1.0, 0.0, True)}), R),
        ("C5", with_(neighbours={"epoll": (0.0, 0.95, True)}), N),
        ("C6", with_(arrivals={"posix_aio": (False, 0.1)}), N),
        ("C6", with_(arrivals={"sigio": (True, 1.0)}), N),
        ("C6", with_(arrivals={"posix_aio": (False, 0.1), "sigio": (True, 1.0)}), R),
        ("C7", with_(wake={"exceptional": "readable"}), R),
        ("C7", with_(reset=dict.fromkeys(("select", "poll", "epoll"), "readable+exceptional")), S),
        ("C8", with_(fd_1024={"raw": "wrong"}), S),
        ("C8", with_(fd_1024=dict.fromkeys(("refuse", "fortify", "plain", "python"), "ready")), R),
        ("C8", with_(fd_1024=dict.fromkeys(("refuse", "fortify", "plain", "python", "raw"),
                                           "limit")), Standing.SKIP),
        ("C9", with_(kernel={"select": FLAT}, user={"select": (3.0, 0.0, 1.0)}), R),
        ("C9", with_(user={"select": (2.0, 60.0, 1.0)}), S),
        ("C9", with_(kernel={"select": (400.0, 0.06, 2.0)}), N),
        ("C10", with_(shared={("select", "add"): "woken"}), N),
        ("C10", with_(shared={(call, change): "woken" for call in ("select", "select_copy")
                              for change in
                              ("add", "close", "reuse", "reuse_heard", "reuse_held")}), R),
        ("C10", with_(shared={("select_copy", "add"): "never"}), S),
        ("C11", with_(border={"select": {0: 50.0, 500: 50.0}}), R),
        ("C11", with_(border={"select": {0: 50.0, 500: 100.0}}), N),
        ("C12", with_(ceilings={"poll": (1019, "FD_SETSIZE")}), R),
        ("C12", with_(ceilings={"poll": (2048, "POLL_MAX")}), N),
        ("C12", with_(ceilings={"poll": (3000, "EMFILE")}), N),
        ("C13", with_(kernel={"poll": FLAT}, user={"poll": (3.0, 0.0, 1.0)}), R),
        ("C13", with_(user={"poll": (2.0, 60.0, 1.0)}, shared={("poll", "add"): "never"}), S),
        ("C14", with_(present={"epoll": "absent"}), R),
        ("C14", with_(present={"kqueue": "present"}), N),
        ("C15", with_(shared={("epoll", "add"): "next_call"}), R),
        ("C15", with_(kept={"epoll": 0.2}), R),
        ("C15", with_(shared={("epoll", "reuse_held"): "never"}), S),
        ("C16", with_(kernel={"epoll": linear(60)}), R),
        ("C16", with_(kernel={"epoll": (450.0, 0.2, 1.0)}), N),
        ("C16", with_(ready={"epoll": (450.0, 0.0, 1.0)}), S),
        ("C17", with_(border={"epoll": {0: 12.0, 500: 6000.0}}), R),
        ("C17", with_(epoll_maps=1), S),
        ("C18", with_(arrivals={"sigio": (False, 0.1)}), R),
        ("C18", with_(arrivals=dict.fromkeys(("io_uring", "io_uring_peek"), (True, 0.1)),
                      blocked_copying=9.0), S),
        ("C18", with_(arrivals=dict.fromkeys(("io_uring", "io_uring_peek"), (True, 0.1))), N),
        ("C18", with_(arrivals={"epoll": (True, 1.0)}), R),
        ("C19", with_(neighbours={"aecho": (1.0, 0.0, True)}), R),
        ("C19", with_(traces={"aecho": {**TRACED["aecho"], "new_threads": 4.0}}), R),
        ("C19", with_(traces={"aecho": {**TRACED["aecho"], "blocks_in": "read"}}), R),
        ("C19", with_(traces={"aecho": {**TRACED["aecho"], "blocks_in": "unknown"}}),
         Standing.INCONCLUSIVE),
        ("C20", with_(neighbours={"aecho": (0.0, 0.0, False)}), R),
        ("C20", with_(late_frame_share=0.4), N),
        ("C21", with_(parts={"copy": 200.0}), S),
        ("C21", with_(parts={"copy": 900.0}), N),
        ("C21", with_(parts=dict.fromkeys(("copy", "examine", "queues", "again", "search"), 0.0)),
         R),
        ("C21", with_(epoll_examines=300.0), R),
        ("C21", with_(sleeps=5), Standing.INCONCLUSIVE),
        ("C22", with_(arrivals={"io_uring": (True, 0.1)}), S),
        ("C22", with_(traces={"sigio": {**TRACED["sigio"], "copied_by": "kernel"}}), R),
        ("C22", with_(traces={"sigio": {**TRACED["sigio"], "blocks_in": "read"}}), R),
        ("C22", with_(traces={"posix_aio": {**TRACED["posix_aio"], "copied_by": "application"}}),
         R),
        ("C22", with_(traces={"epoll": {**TRACED["epoll"], "copied_by": "unknown"}}),
         Standing.INCONCLUSIVE),
        ("T1", with_(kernel={"select": FLAT, "poll": FLAT},
                     user={"select": FLAT, "poll": FLAT}), R),
        ("T1", with_(kernel={"epoll": linear(60)}), R),
        ("T1", with_(kernel={"select": (400.0, 60.0, 0.5)}, user={"select": FLAT}), N),
        ("T2", with_(writes={"select": 0.05, "poll": 0.05, "epoll": 1.0}), R),
        ("T2", with_(writes={"epoll": 1.0}), N),
        ("T3", with_(kept={"epoll": 0.1}), R),
        ("T3", with_(kept={"poll": 0.97}), R),
        ("T4", with_(traces={"sigio": {**TRACED["sigio"], "copied_by": "kernel"}}), N),
        ("T4", with_(traces={lab: {**seen, "copied_by": "kernel", "notification_means": "nothing"}
                             for lab, seen in TRACED.items()}), R),
        ("T4", with_(arrivals={"io_uring": (True, 0.1)}), S),
        ("T5", with_(designs={"fork": 60e3}), R),
        ("T5", with_(designs={"prefork": 120e3}), N),
        ("T5", with_(designs={"prethread": 120e3}), N),
        ("T5", with_(designs={"thread": 48e3}), S),
    ],
)  # fmt: skip
def test_a_world_that_is_otherwise(
    claim: str, otherwise: Callable[[], World], standing: Standing
) -> None:
    ruling = rule(CLAIMS[claim], measurements(otherwise()))
    assert ruling.standing is standing, ruling.because
    for language in LANGUAGES:
        said = CLAIMS[claim].text(language).conditions
        assert standing in said or standing not in DECIDED, f"{language}.toml: when is it so?"


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
    marks = test_a_world_that_is_otherwise.pytestmark  # type: ignore[attr-defined]
    [cases] = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    assert {claim for claim, _, _ in cases} == set(TRUTH)


def test_without_evidence_there_is_no_verdict_but_a_way_to_one() -> None:
    for claim, ruling in rulings([]):
        assert ruling.standing is Standing.NO_EVIDENCE, claim.id
        assert ruling.because.startswith("nothing was run")


@pytest.mark.parametrize("status", [Status.SKIP, Status.ERROR, Status.INVALID, Status.FAIL])
def test_what_was_skipped_or_spoilt_is_no_evidence(status: Status) -> None:
    spoilt = [replace(m, status=status, reason="because") for m in measurements(World())]
    for claim, ruling in rulings(spoilt):
        ran = claim.id.startswith("S") and status is Status.INVALID
        assert ran or ruling.standing not in DECIDED, claim.id
    found = rule(CLAIMS["C9"], spoilt)
    assert found.standing is (Standing.SKIP if status is Status.SKIP else Standing.INCONCLUSIVE)
    assert found.because.endswith(f"{status}: because")


def test_every_verdict_that_a_condition_names_is_reached() -> None:
    """By the world as it is or by one of those above: no text describes what no rule returns. That
    epoll is on Linux alone would take other manuals, not another world."""
    marks = test_a_world_that_is_otherwise.pytestmark  # type: ignore[attr-defined]
    [cases] = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    reached = {*TRUTH.items(), *((claim, standing) for claim, _, standing in cases), ("C14", S)}
    named = {(claim, verdict) for claim in TRUTH for verdict in CLAIMS[claim].text().conditions}
    assert named <= reached


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
