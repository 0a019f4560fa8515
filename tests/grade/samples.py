"""Grades as grading makes them, for the tests of reports and exports."""

from __future__ import annotations

from dataclasses import replace

from runner.grade.differs import differences
from runner.grade.machine_facts import MachineFacts
from runner.grade.record import (
    CheckGrade,
    Expected,
    Grade,
    ProofRow,
    Seen,
    State,
    Submission,
)


def check(name: str, state: State, points: float, **said: object) -> CheckGrade:
    earned = points if state in (State.PASS, State.INCONCLUSIVE) else 0.0
    made = CheckGrade(id=name, title=f"Title of {name}", state=state, points=points, earned=earned)
    return replace(made, **said)  # type: ignore[arg-type]


def expected(what: str, seen: str, state: State, points: float, **said: object) -> Expected:
    earned = points if state in (State.PASS, State.INCONCLUSIVE) else 0.0
    made = Expected(expected=what, seen=seen, state=state, points=points, earned=earned)
    return replace(made, **said)  # type: ignore[arg-type]


ECHO = check(
    "echo",
    State.PASS,
    20.0,
    title="Every byte comes back, in order",
    expected=(expected("kept = 1", "1", State.PASS, 20.0),),
    seconds=3.25,
    trials=("echo/lab=submission case=pieces#1",),
)
MODEL = check(
    "model",
    State.FAIL,
    30.0,
    title="The server waits in select",
    needs=("echo",),
    hint="Call select with all descriptors, and read those that it reports.",
    reason="it waited in poll\nat server.c:41",
    expected=(expected("model = select", "poll", State.FAIL, 30.0),),
    seconds=2.5,
    trials=("model/lab=submission#1",),
)
SPEED = check(
    "speed",
    State.INCONCLUSIVE,
    20.0,
    title="At least half as fast as the reference",
    needs=("echo",),
    expected=(
        expected(
            "rate: submission ÷ reference ≥ ×0.5",
            "×0.52 [×0.47, ×0.58]",
            State.INCONCLUSIVE,
            20.0,
            ratio=(0.52, 0.47, 0.58),
        ),
    ),
    seconds=12.0,
)
MANY = check(
    "many",
    State.NEEDS,
    10.0,
    title="A thousand clients",
    needs=("model",),
    unmet=("model",),
    reason="not run: it needs model",
)
HIDDEN = check(
    "descriptor-1024",
    State.FAIL,
    10.0,
    title="A limit that you know",
    hidden=True,
    hint="SECRET-HINT",
    reason="SECRET-REASON",
    expected=(expected("SECRET-EXPECTED", "SECRET-SEEN", State.FAIL, 10.0),),
    seconds=1.0,
    trials=("SECRET-TRIAL",),
)
BONUS = check("edge", State.PASS, 5.0, title="Edge-triggered as well", bonus=True)

PROOF = (
    ProofRow(
        claim="waits in",
        demanded="select",
        seen=(
            Seen("enforced", "", None, "poll was not denied"),
            Seen("untraced", "poll", False, "/proc/7/syscall: 7 (poll), 12 of 12 samples"),
            Seen("traced", "poll", False, "thread 7 slept in poll 31 times, server.c:41"),
            Seen("behaves", "", None),
        ),
        ruling="CONTRADICTED",
        why="Two columns saw poll.",
    ),
    ProofRow(
        claim="serves",
        demanded="all clients in one thread",
        seen=(
            Seen("enforced", "no thread", True),
            Seen("untraced", "1 thread", True, "1 task before load, 1 during load"),
            Seen("traced", "1 thread", True),
            Seen("behaves", "", None, "not measured: the submission does not wait in select"),
        ),
        ruling="PROVEN",
    ),
)

GRADE = Grade(
    format=1,
    assignment="select-echo",
    title="An echo server with select",
    title_zh="用 select 写一个回显服务器",
    submission=Submission("alice", "ab" * 32, 2, 3210, "c"),
    started="2026-09-30T12:00:00+00:00",
    seconds=21.5,
    engine="process",
    lacks=("no network namespace of its own",),
    complete=True,
    gradable=True,
    points=90.0,
    earned=40.0,
    bonus=5.0,
    checks=(ECHO, MODEL, SPEED, MANY, HIDDEN, BONUS),
    proof=PROOF,
    seed=7,
    spec_hash="cd" * 32,
    kernel="6.1.0",
)

UNGRADABLE = replace(
    GRADE,
    submission=Submission("bob", "ef" * 32, 1, 900, "python"),
    gradable=False,
    earned=20.0,
    bonus=0.0,
    checks=(
        ECHO,
        replace(
            MODEL,
            state=State.UNGRADABLE,
            reason="no tracer on this machine",
            expected=(expected("model = select", "nothing", State.UNGRADABLE, 30.0),),
        ),
    ),
    points=50.0,
    proof=(),
    notes=("the tracer did not start",),
)

CUT_SHORT = replace(
    UNGRADABLE,
    submission=Submission("carol", "12" * 32, 1, 900, "c"),
    complete=False,
    gradable=True,
    checks=(ECHO, replace(MODEL, state=State.WAITING, reason="", expected=(), trials=())),
)

PERFECT = replace(
    GRADE,
    submission=Submission("dora", "34" * 32, 1, 900, "c"),
    points=50.0,
    earned=50.0,
    bonus=5.0,
    checks=(ECHO, replace(MODEL, state=State.PASS, earned=30.0, reason=""), BONUS),
    proof=(PROOF[1],),
)

MACHINE = MachineFacts("process", "6.12.3", cpus=2, compiler="cc (Debian 12.2.0-14) 12.2.0")
GRADER = MachineFacts("docker", "6.1.0-25-amd64", cpus=2, compiler="Debian's, image 1c2f3a4b5c6d")
HOME = replace(
    GRADE,
    checks=(ECHO, MODEL, SPEED, MANY),
    public=True,
    machine=MACHINE,
    grader=GRADER,
    differs=differences(MACHINE, GRADER),
)
"""Graded by the student."""

SETTINGS = {
    "CLASSROOM": "cs",
    "ASSIGNMENT": "select-echo",
    "OWNER": "alice",
    "SUBMISSION_TAG": "submit/20260930T120000Z-abc1234",
    "COMMIT_URL": "https://git.example/cs/select-echo-alice/commit/abc1234",
    "GITHUB_ACTOR": "alice",
    "GITHUB_ACTOR_ID": "42",
}
