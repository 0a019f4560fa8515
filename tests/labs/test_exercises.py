"""The grader of each exercise takes a solution. That it refuses the unchanged lab is shown on
the page, whose blocks test_page_blocks.py types.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from .capabilities import LABS
from .solutions import SOLUTIONS


@pytest.mark.parametrize("lab", SOLUTIONS)
def test_the_grader_takes_a_solution(lab: str, tmp_path: Path) -> None:
    [source] = [name for name in ("server.c", "server.py") if (LABS / lab / name).exists()][:1]
    for path in LABS.joinpath(lab).glob("*.[chp]*"):
        tmp_path.joinpath(path.name).write_text(path.read_text())
    text = tmp_path.joinpath(source).read_text()
    for before, after in SOLUTIONS[lab]:
        assert before in text
        text = text.replace(before, after, 1)
    tmp_path.joinpath(source).write_text(text)
    typed = [sys.executable, str(LABS / "see"), lab, "--grade", str(tmp_path)]
    graded = subprocess.run(typed, capture_output=True, text=True, check=False, timeout=60)
    assert graded.stdout.endswith("solved\n"), graded.stdout + graded.stderr
    assert graded.returncode == 0
