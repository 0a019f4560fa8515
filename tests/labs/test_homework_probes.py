"""The probes that grade homework, beside each reference and each starter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .capabilities import LABS
from .probing import STRICT, Run

HOMEWORK = LABS / "homework"


@contextmanager
def serving(command: list[str]) -> Iterator[int]:
    """A server on a port that the kernel chooses."""
    env = {"PATH": os.environ["PATH"], "PORT": "0"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().split("port=")[1].split()[0])
        finally:
            server.terminate()
    assert server.returncode == 0


def web_server(folder: str, target: Path) -> list[str]:
    sources = sorted(map(str, (HOMEWORK / "webserv" / folder).glob("*.c")))
    command = [os.environ.get("CC", "cc"), *STRICT, "-O2", *sources, "-o", str(target)]
    subprocess.run(command, check=True)
    return [str(target)]


def timed(folder: str) -> list[str]:
    return [sys.executable, str(HOMEWORK / "coroutine-loop" / folder / "server_timed.py")]


def test_the_reference_keeps_every_case_of_http(tmp_path: Path, run: Run) -> None:
    with serving(web_server("reference", tmp_path / "server")) as port:
        found = run("web_server.py", port=port)
    assert [each for each in found if each["kept"] != "yes"] == []
    assert len(found) == 16


def test_a_server_that_closes_after_one_page_is_told_what_it_did(tmp_path: Path, run: Run) -> None:
    cases = ("page", "keep_alive", "missing")
    with serving(web_server("starter", tmp_path / "server")) as port:
        found = run("web_server.py", *(f"only={case}" for case in cases), port=port)
    kept = {each["case"]: each["kept"] for each in found}
    assert kept == {"page": "yes", "keep_alive": "no", "missing": "no"}
    seen = {each["case"]: each.get("seen", "") for each in found}
    assert seen["missing"] == "status 200 instead of 404"


def test_the_reference_keeps_every_promise_of_a_loop(run: Run) -> None:
    with serving(timed("reference")) as port:
        found = run("timed_tasks.py", "ms=10", port=port)
    assert [each for each in found if each["kept"] != "yes"] == []
    assert len(found) == 8


def test_a_loop_that_runs_each_task_to_its_end_has_another_order(run: Run) -> None:
    with serving(timed("starter")) as port:
        (order,) = run("timed_tasks.py", "ms=10", "only=order", port=port)
    assert (order["kept"], order["seen"]) == (
        "no",
        "'ended 30 10 20' instead of 'ended 10 20 30', 3 times",
    )


@pytest.mark.parametrize("name", ["web_server", "timed_tasks"])
def test_without_a_server_both_say_what_is_missing(name: str) -> None:
    probe = LABS / "probes" / name / "probe.py"
    done = subprocess.run(
        [sys.executable, str(probe)], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 77
    assert done.stdout.startswith("MISSING what=server ")


def test_the_reference_s_loop_is_that_of_aecho() -> None:
    """One loop to keep right, and not two."""
    own = (HOMEWORK / "coroutine-loop" / "reference" / "loop.py").read_text()
    assert own == (LABS / "aecho" / "loop.py").read_text()


@pytest.mark.parametrize(
    ("assignment", "names"),
    [
        ("io-uring-echo", ("ring.c", "ring.h")),
        ("coroutine-loop", ("start.py", "sockets.py", "server.py", "server_timed.py")),
        ("webserv", ("documents.c", "documents.h")),
    ],
)
def test_the_given_files_are_the_same_in_starter_and_reference(
    assignment: str, names: tuple[str, ...]
) -> None:
    folder = HOMEWORK / assignment
    for name in names:
        assert (folder / "starter" / name).read_text() == (folder / "reference" / name).read_text()
