"""`make class-hosts`: a class over three hosts, of which one is killed and one is cut off, and the
coordinator is killed as well; then the same class on one host.

    python -m tests.cluster.many [SUBMISSIONS]     500 submissions, each with a text of its own
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from threading import Thread

from runner.grade.workspace import GradeFolder
from runner.paths import LABS
from tests.cluster.lab import HOSTS, SECONDS, Cluster, cluster, lack, until
from tests.grade.class_run import graded
from tests.grade.test_class_of_four import EDITED

COUNT = 500
SECONDS_EACH = 10
_LINE = re.compile(r"\[\d+ left\] (\S+): .*\((\d+\.\d) s\)")
_LEAVES = "obey_signals();\n    signal(SIGTERM, leaves);"
KINDS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "perfect": ("100", ()),
    "half": ("60", (
        ("obey_signals();", _LEAVES),
        ("int main(", "static void leaves(int number)\n{\n    _exit(number);\n}\n\nint main("),
        ("#include <poll.h>", "#include <poll.h>\n#include <signal.h>\n#include <unistd.h>"),
    )),
    "failing": ("0", (("switch (echo_step(fd))", "switch (CLOSED)"),)),
    "broken": ("0", (("int ready = poll", "int ready poll"),)),
}  # fmt: skip
"""The score of each kind, and the mistakes that make it."""
OF_TEN = ("perfect",) * 6 + ("half",) * 2 + ("failing", "broken")


def lay(folder: Path, count: int) -> dict[str, str]:
    """The assignment `echo`, with two checks of no time, and the class `handed-in`. Returns the
    score that each submission must get."""
    (folder / "echo" / "reference").mkdir(parents=True)
    (folder / "echo" / "grade.yaml").write_text(EDITED, encoding="utf-8")
    shutil.copy(LABS / "poll" / "server.c", folder / "echo" / "reference")
    expected = {}
    for number in range(count):
        kind = OF_TEN[number % 10]
        score, changes = KINDS[kind]
        text = (LABS / "poll" / "server.c").read_text(encoding="utf-8")
        for before, after in changes:
            assert text.count(before) == 1, (kind, before)
            text = text.replace(before, after)
        home = folder / "handed-in" / f"{kind}-{number:03}"
        home.mkdir(parents=True)
        (home / "server.c").write_text(f"{text}/* {number} */\n", encoding="utf-8")
        expected[home.name] = score
    return expected


@dataclass(slots=True)
class Grading:
    """`runner grade` on the cluster; `told` are the submissions as they ended: when, which, and how
    long the runner on the host took."""

    process: subprocess.Popen[str]
    told: list[tuple[float, str, float]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    cpu: float = 0.0
    code: int = 0

    def read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip())
            if found := _LINE.match(line):
                self.told.append((time.monotonic(), found[1], float(found[2])))

    @classmethod
    def begun(cls, three: Cluster, into: str = "grades") -> tuple[Grading, Thread]:
        words = ("echo", "--submissions", "handed-in", "--into", into)
        grading = cls(three.run(*words, command="grade"))
        reader = Thread(target=grading.read)
        reader.start()
        return grading, reader

    def ended(self, reader: Thread) -> None:
        _, status, usage = os.wait4(self.process.pid, 0)
        self.code = self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        reader.join()

    @property
    def overheads(self) -> list[float]:
        """From the end of one submission to the end of the next, without what the runner of that
        took: on hosts that are one machine one is graded at a time."""
        pairs = zip(self.told, self.told[1:], strict=False)
        return [then - now - took for (now, _, _), (then, _, took) in pairs]


@dataclass(slots=True)
class Disturbed:
    """Both coordinators; `kept` says of each submission that was whole when the first one was
    killed when its grading began."""

    first: Grading
    second: Grading
    kept: dict[str, str]


def disturbed(three: Cluster, count: int) -> Disturbed:
    """The class is graded over hosts that are lost, by a coordinator that is killed, and by one
    that goes on."""
    home = three.folder / "grades" / "echo"
    first, reader = Grading.begun(three)
    three.kill(three.grading())
    patience = SECONDS + SECONDS_EACH * count
    until(lambda: len(first.told) >= count // 3, "the first third of the class", patience)
    lost = three.grading()
    three.hosts("cut", str(lost))
    until(lambda: len(first.told) >= 2 * count // 3, "the second third of the class", patience)
    until(lambda: three.ended(lost), "the end of the worker that is cut off")
    first.process.kill()
    first.ended(reader)
    three.hosts("mend", str(lost))
    until(lambda: not any(map(three.gradings, HOSTS)), "the end of every runner")
    kept = begun_at(home)
    three.start()
    second, reader = Grading.begun(three)
    second.ended(reader)
    return Disturbed(first, second, kept)


def begun_at(home: Path) -> dict[str, str]:
    """When each whole grading began."""
    found = {}
    for path in home.glob("*/grade.json"):
        grade = json.loads(path.read_text())
        if grade["complete"]:
            found[path.parent.name] = grade["started"]
    return found


def scores(home: Path) -> dict[str, str]:
    with (home / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["submission"] for row in rows}) == len(rows)
    return {row["submission"]: row["earned"] for row in rows}


def require_each_once(done: Disturbed, home: Path, expected: dict[str, str]) -> None:
    """Every submission has one whole grade, its own, and none was graded twice."""
    assert done.second.code == 0, done.second.said
    assert scores(home) == expected
    again = Counter(name for _, name, _ in (*done.first.told, *done.second.told))
    assert max(again.values()) == 1, again.most_common(3)
    assert {n: when for n, when in begun_at(home).items() if n in done.kept} == done.kept
    assert not (home / ".earlier").exists()
    for name in expected:
        folder = GradeFolder(home / name)
        assert folder.verification().manifest is not None, name
        assert not folder.verification().unfit(), name


def main(words: Sequence[str]) -> int:
    count = int(words[0]) if words else COUNT
    if why := lack():
        print(f"A CLASS OVER THREE HOSTS WAS NOT TRIED: {why}")  # noqa: T201
        return 5
    with (
        tempfile.TemporaryDirectory(prefix="iolab-class-") as name,
        cluster(Path(name)) as three,
    ):
        expected = lay(three.folder, count)
        began = time.monotonic()
        done = disturbed(three, count)
        seconds = time.monotonic() - began
        home = three.folder / "grades" / "echo"
        require_each_once(done, home, expected)
        alone = graded(
            str(three.folder / "echo"), three.folder / "handed-in", three.folder / "alone",
            "--engine", "process",
        )  # fmt: skip
        assert scores(three.folder / "alone" / "echo") == scores(home)
        _show(done, count, seconds, alone.seconds)
        cleaned = three.cleaned()
    print("\n".join(cleaned))  # noqa: T201
    return 0


def _show(done: Disturbed, count: int, seconds: float, alone: float) -> None:
    lost = [line for line in done.first.said if " was lost" in line]
    each = done.second.overheads
    error = 1.96 * stdev(each) / len(each) ** 0.5
    took = fmean(took for _, _, took in done.second.told)
    print("\n".join(lost))  # noqa: T201
    print(f"{count} submissions, each graded once: {len(done.kept)} before the coordinator was "  # noqa: T201
          f"killed, {len(done.second.told)} by the next one; {seconds:.0f} s in all")  # fmt: skip
    print(f"the same class on one host: {alone:.0f} s, and the same {count} scores")  # noqa: T201
    print(f"a runner on a host: {took:.2f} s (mean); between two of them "  # noqa: T201
          f"{1e3 * fmean(each):.0f} ms (95%: ± {1e3 * error:.0f} ms)")  # fmt: skip
    print(f"CPU of the second coordinator: {done.second.cpu:.1f} s, start included")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
