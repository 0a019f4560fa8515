"""A run as a process of its own, that can be watched and disturbed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.paths import ROOT
from runner.results import RunFolder, latest

RUNNER = [sys.executable, "-c", "from runner.cli import main; main()"]
ENGINES = ("process", "docker")

SMALL = """\
version: 1
defaults: {repeat: REPEAT}
experiments:
  - id: small
    title: A run that can be disturbed
    measure: ceiling
    server: {lab: [poll, epoll]}
    limits: {nofile: 256}
    expect:
      - {metric: limit, of: {}, equals: EMFILE}
"""
"""A limit is where it is, however busy the machine: no trial is INVALID for a stranger's sake, so
that what is seen here comes of what the test does."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


class Run:
    """`runner run`, or another command, in a folder; its progress can be waited for, and acted
    upon."""

    def __init__(
        self, cwd: Path, *words: str, env: Mapping[str, str] | None = None, command: str = "run"
    ) -> None:
        self.process = subprocess.Popen(
            [*RUNNER, command, *words], cwd=cwd, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        )  # fmt: skip
        self._heard = ""

    def until(self, text: str) -> None:
        """Reads progress up to the line that holds `text`."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._heard += line
            if text in line:
                return
        raise AssertionError(f"the run ended before it said {text!r}:\n{self._heard}")

    def end(self, timeout: float = 110) -> Ended:
        out, err = self.process.communicate(timeout=timeout)
        return Ended(self.process.returncode, out, self._heard + err)

    def kill(self) -> None:
        """SIGKILL, if it still lives."""
        self.process.kill()
        self.process.communicate()


def runner(cwd: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    done = subprocess.run(
        [*RUNNER, *words], cwd=cwd, capture_output=True, text=True, timeout=110, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def small(folder: Path, repeat: int = 3) -> Path:
    path = folder / "small.yaml"
    path.write_text(SMALL.replace("REPEAT", str(repeat)), encoding="utf-8")
    return path


def folder_of(cwd: Path) -> RunFolder:
    return latest(cwd / "results")


def assert_sound(ended: Ended) -> None:
    """All was measured; INVALID is right to say where strangers kept the machine busy."""
    assert ended.code in (0, 4), ended.out + ended.err
    assert "Traceback" not in ended.err, ended.err
