"""One submission graded on a host: the assignment travels with it, the folder of its grade comes
back. The runner there is the one that grades a submission on one machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.cluster import parcel
from runner.cluster.on_host import new_folder, own, require_room
from runner.cluster.parcel import Parcel
from runner.untrusted import clean

RUNNER = (sys.executable, "-P", "-c", "from runner.cli import main; main()")
ENDED = (0, 1, 4)
"""The exit codes of a runner that has graded."""
PATIENCE = 30.0
LOG_MAX = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """`assignment` and `submission` are the names of what the parcels hold; `words` are options of
    `runner grade`, and `limit` the seconds that it has."""

    assignment: str
    assignment_files: Parcel
    submission: str
    submission_files: Parcel
    name: str
    words: Sequence[str]
    limit: float


@dataclass(frozen=True, slots=True)
class Graded:
    """How the runner ended, its last line, and the folder of the grade: empty where it left none.
    `late`: it was ended at its time limit."""

    code: int
    seconds: float
    last_line: str
    late: bool
    grade: Parcel

    @property
    def failed(self) -> bool:
        """Whether the runner failed, by no fault of the submission that is known."""
        return not self.late and self.code not in ENDED


def grade(coordinator: str, request: Request) -> Graded:
    """Whatever the submission does, this host has nothing of it afterwards. Raises OSError where
    the disk is full: no point may be lost for that."""
    with new_folder() as folder:
        for part, files in (("given", request.submission_files), ("by", request.assignment_files)):
            (folder / part).mkdir()
            parcel.unpacked(files, folder / part)
        grades, log = folder / "grades", folder / "log"
        command = [
            *RUNNER, "grade", str(folder / "by" / request.assignment),
            "--submission", str(folder / "given" / request.submission),
            "--into", str(grades), "--name", request.name, "--parent", str(os.getpid()),
            *request.words,
        ]  # fmt: skip
        began = time.monotonic()
        with log.open("wb") as file:
            child = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=file, start_new_session=True,
            )  # fmt: skip
            with own(coordinator).watching(child):
                late = _late(child, request.limit)
        require_room(folder)
        made = grades / request.assignment / request.name
        return Graded(
            code=child.returncode,
            seconds=time.monotonic() - began,
            last_line=_last_line(log),
            late=late,
            grade=parcel.packed(made) if (made / "grade.json").is_file() else (),
        )


def _late(child: subprocess.Popen[bytes], limit: float) -> bool:
    """Whether it had to be ended. One that is interrupted seals what it has."""
    try:
        child.wait(limit)
    except subprocess.TimeoutExpired:
        child.terminate()
    else:
        return False
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return True


def _last_line(log: Path) -> str:
    lines = log.read_bytes()[-LOG_MAX:].decode("utf-8", "replace").strip().splitlines()
    return clean(lines[-1])[:300] if lines else ""
