"""One lesson measured for real, on the process engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.results import RunFolder, verify
from tests.learn.test_course import answers, play


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_lesson_one_is_measured_here_and_now(tmp_path: Path) -> None:
    done = play(tmp_path, ["2", "read", "1"], "1", "--engine", "process", "--seed", "8")
    assert done.code == 0, done.all
    every = answers(tmp_path)
    served, sleeps, threads = (
        every[f"blocking-{name}"] for name in ("served", "sleeps", "threads")
    )
    clients = served.variant["clients"]
    assert served.measured == (1 if served.variant["lab"] == "blocking" else clients)
    assert (sleeps.measured, sleeps.result) == ("read", "right")
    assert threads.measured == int(threads.variant["clients"]) + 1
    assert threads.result == "wrong"
    assert not verify(RunFolder(Path(served.run))).faults, "the evidence is sealed"
