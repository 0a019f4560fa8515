"""The grader of each exercise takes a solution. That it refuses the unchanged lab is shown on
the page, whose blocks test_page_blocks.py types.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .capabilities import LABS
from .solutions import SOLUTIONS

SOLVED = {path.stem: path for path in Path(__file__).with_name("solved").glob("*.txt")}
"""The solutions from `epoll` on: what is replaced, in whichever file of the lab it stands."""
PAIR = re.compile(r"^<<<\n(.*?)\n===\n(.*?)\n>>>$", re.MULTILINE | re.DOTALL)


def changes(lab: str) -> list[tuple[str, str]]:
    return PAIR.findall(SOLVED[lab].read_text()) if lab in SOLVED else SOLUTIONS[lab]


@pytest.mark.parametrize("lab", sorted({*SOLUTIONS, *SOLVED}))
def test_the_grader_takes_a_solution(lab: str, tmp_path: Path) -> None:
    if lab == "uvloop":
        pytest.importorskip("uvloop", reason="no uvloop; type: pip install uvloop")
    if lab == "io_uring" and not Path("/usr/include/liburing.h").exists():
        pytest.skip("liburing-dev; type: sudo apt-get install liburing-dev")
    kind = "*.[ch]" if (LABS / lab / "server.c").exists() else "*.py"
    paths = [p for p in LABS.joinpath(lab).glob(kind) if not p.name.startswith("server_")]
    files = {path.name: path.read_text() for path in paths}
    for before, after in changes(lab):
        [changed] = [name for name, text in files.items() if before in text]
        files[changed] = files[changed].replace(before, after, 1)
    for name, text in files.items():
        tmp_path.joinpath(name).write_text(text)
    typed = [sys.executable, str(LABS / "see"), lab, "--grade", str(tmp_path)]
    graded = subprocess.run(typed, capture_output=True, text=True, check=False, timeout=60)
    assert graded.stdout.endswith("solved\n"), graded.stdout + graded.stderr
    assert graded.returncode == 0
