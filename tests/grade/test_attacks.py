"""Hostile submissions are graded, on both engines: none reaches anything outside of its box, leaves
anything behind, or changes another score than its own."""

from __future__ import annotations

import ctypes
import os
import select
import site
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from runner.cli import engines
from runner.engine.process import ProcessEngine
from runner.grade.record import CheckGrade, State
from tests.chosen import chosen
from tests.cli.inside import controls, told
from tests.cli.left_behind import assert_nothing_is_left
from tests.cli.test_run import runner
from tests.engine.boxes import NAMESPACES, without_the_checkout
from tests.grade.hostile_class import ATTACKS, Outside, honest, hostile, outside, stated

PR_SET_CHILD_SUBREAPER = 36
DISTURBED = ("stop other programs", "stop them, or measure again")
"""An instrument that another test disturbs says so, and rightly gives no points then."""
IN_DOCKER = (
    *("all_descriptors.c", "all_disk.c", "all_memory.c", "calls_out.c", "endless_source.c"),
    *("flood_of_log.c", "fork_bomb.c", "includes_beside.c", "inherited.c", "kills_everything.c"),
    *("leaves_its_box.c", "leaves_memory.c", "outlives_its_box.c", "reads_everything.c"),
    *("fills_socket_buffers.c", "ring_around_the_filter.c", "includes_environment.c"),
    *("forged_results.py", "touches_the_runner.py", "never_ends.py"),
)
"""Those that depend on the box. An image for each of the others would take minutes, and shows
nothing else; ATTACKS=all makes them."""
ALONE = (
    *("reads_everything.c", "kills_everything.c", "all_memory.c", "leaves_its_box.c"),
    *("leaves_memory.c", "includes_beside.c", "traces_everything.c", "fork_bomb.c"),
    *("outlives_its_box.c", "thread_bomb.c", "ignores_the_end.c", "borrows_descriptors.c"),
    "ready_elsewhere.c",
)
"""Those that depend on the user id of a box without namespaces. Such a box comes last for the CPU:
what it earns on a busy machine is not looked at. They run alone: what such a box leaves in the
machine's /tmp for a moment, every test would see."""
OUTWARD = ("calls_out.c", "calls_out.py", "proxy_to_another_server.c")
"""A box without namespaces reaches the network, as its grade says."""
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give another user id")
EVERY = os.environ.get("ATTACKS") == "all"
"""Every attack on every engine: more than half an hour."""


def tried(attacks: Sequence[str]) -> Sequence[str]:
    return tuple(ATTACKS) if EVERY else chosen(attacks, 8)


CASES = [
    *(pytest.param(each, "process", id=f"{each}-process") for each in tried(tuple(ATTACKS))),
    *(
        pytest.param(each, "docker", id=f"{each}-docker", marks=pytest.mark.docker)
        for each in tried(IN_DOCKER)
    ),
    *(
        pytest.param(each, "account", id=f"{each}-account", marks=[pytest.mark.alone, ROOT])
        for each in tried(ALONE)
        if each not in OUTWARD
    ),
]
NASTY = ("fork_bomb.c", "takes_the_cpu.c", "all_memory.py", "kills_everything.c", "flood_of_log.c")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    with outside(tmp_path) as made:
        key = tmp_path / "config" / "iolab" / "notes"
        key.parent.mkdir(parents=True)
        key.write_text(f"{made.marker} of the key", encoding="utf-8")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        monkeypatch.setenv("SECRET_OF_THE_GRADER", made.marker)
        monkeypatch.chdir(tmp_path)
        yield made


@pytest.fixture
def adopted() -> Iterator[set[int]]:
    """This process's children so far. Whatever a box leaves behind becomes one more."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield children()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def children() -> set[int]:
    found = Path("/proc/self/task").glob("*/children")
    return {int(pid) for path in found for pid in path.read_text().split()}


def still_running(pids: set[int]) -> list[int]:
    """Those that do not end by themselves. What was killed may still be on its way."""
    left = []
    for pid in pids:
        with suppress(ProcessLookupError):
            watched = os.pidfd_open(pid)
            if not select.select([watched], [], [], 20)[0]:
                left.append(pid)
            os.close(watched)
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
    return left


def changed_outside() -> list[str]:
    """What the attacks would leave on the machine, if they could."""
    shared = [f"{path}/left-by-a-submission" for path in ("/tmp", "/dev/shm", "/dev/mqueue")]
    marks = [*shared, *(f"{path}-0" for path in shared), "/tmp/owned", "/tmp/evil"]
    marks += [
        f"{place}/owned.pth" for place in (*site.getsitepackages(), site.getusersitepackages())
    ]
    found = [mark for mark in marks if os.path.lexists(mark)]
    for kind in ("shm", "msg", "sem"):
        lines = Path(f"/proc/sysvipc/{kind}").read_text(encoding="ascii").splitlines()[1:]
        keys = {int(line.split()[0]) & 0xFFFFFFFF for line in lines}
        found += [f"{kind} {key:#x}" for key in keys if 0x696F6C00 <= key < 0x696F6C10]
    if "left-by-a-submission" in Path("/proc/keys").read_text(encoding="ascii", errors="replace"):
        found.append("a key")
    if socket.gethostname() == "owned":
        found.append("the machine's name")
    return found


def assert_own_fault(attack: str, checks: tuple[CheckGrade, ...], there: Outside) -> None:
    """Its checks come to what its banner says, and no check is ungradable by its doing."""
    came = {each.id: (each.state, each.reason) for each in checks}
    for state, reason in came.values():
        disturbed = any(sign in reason for sign in DISTURBED)
        assert state is not State.UNGRADABLE or disturbed, came
    failed = [reason for state, reason in came.values() if state is State.FAIL]
    match stated(attack, "Expect"):
        case "passes":
            assert not failed, came
        case "fails":
            assert failed, came
        case other:
            assert other == "either"
    if says := there.filled(stated(attack, "Says")):
        assert any(says in reason for reason in failed), came


def assert_nothing_reached(there: Outside, name: str, said: str) -> None:
    assert there.opened() == []
    assert there.secret.read_text(encoding="utf-8").startswith(there.marker)
    assert changed_outside() == []
    assert there.marker not in said
    assert controls(said) == []
    assert not any(line.startswith(("::", "##")) for line in said.splitlines())
    kept = there.kept(name)
    assert f"{name}/grade.json" in kept
    for path, content in kept.items():
        assert there.marker.encode() not in content, path
        assert b"\x1b" not in content, path


@pytest.mark.parametrize(("attack", "engine"), CASES)
def test_an_attack_changes_nothing_but_its_own_score(
    attack: str,
    engine: str,
    there: Outside,
    adopted: set[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = engine == "account"
    if alone:
        engine = "process"
        without_the_checkout(monkeypatch)
        monkeypatch.setattr(engines, "ProcessEngine", partial(ProcessEngine, without=NAMESPACES))
    folder = hostile(there, attack)
    done = told("grade", "small", "--submission", f"class/{folder.name}", "--engine", engine)
    assert done.code in (0, 1, 4), done.all
    assert still_running(children() - adopted) == []
    assert_nothing_is_left(engine, os.getpid())
    grade = there.grade(folder.name)
    assert grade.complete
    if not alone:
        assert_own_fault(attack, grade.checks, there)
    assert_nothing_reached(there, folder.name, done.all)


@pytest.mark.skipif(os.geteuid() == 0, reason="root gives each box a user id of its own")
def test_a_user_who_can_confine_nothing_grades_no_stranger(
    there: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_checkout(monkeypatch)
    monkeypatch.setattr(engines, "ProcessEngine", partial(ProcessEngine, without=NAMESPACES))
    folder = hostile(there, "reads_everything.c")
    done = told("grade", "small", "--submission", f"class/{folder.name}", "--engine", "process")
    assert done.code == 2
    assert engines.GRADER in done.err
    assert there.opened() == []
    assert changed_outside() == []


@pytest.mark.skipif("WHOLE" not in os.environ, reason="a class of twelve: minutes; WHOLE=1 runs it")
@pytest.mark.timeout(900)
@pytest.mark.alone  # it measures
def test_the_honest_of_a_hostile_class_have_their_points(there: Outside) -> None:
    """Two at a time, each honest submission beside or behind a hostile one."""
    for number, attack in enumerate(NASTY):
        hostile(there, attack)
        honest(there, f"{attack[0]}-honest-{number}")
    done = runner(
        "grade",
        "small",
        "--submissions",
        "class",
        "-j",
        "2",
        "--engine",
        "process",
        cwd=there.home,
        timeout=800,
    )
    assert done.returncode in (0, 4), done.stderr
    names = [path.name for path in (there.home / "class").iterdir() if "honest" in path.name]
    assert len(names) == len(NASTY) + 1
    for name in names:
        for check in there.grade(name).checks:
            disturbed = any(sign in check.reason for sign in DISTURBED)
            assert check.state is State.PASS or disturbed, (name, check)


def test_every_attack_says_what_it_must_come_to() -> None:
    assert len(ATTACKS) >= 30
    assert {stated(attack, "Expect") for attack in ATTACKS} == {"passes", "fails", "either"}
    assert set(IN_DOCKER) <= set(ATTACKS)
