"""The blocks of each page, typed in order in one shell, print what the page shows below them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.paths import ROOT

from .capabilities import LABS, MODELS, STREAMING
from .shell import Block, Shell, blocks, is_shown
from .test_readmes import text

PROGRAMS = {"nc": "netcat-openbsd", "strace": "strace", "ss": "iproute2", "sox": "sox"}
TRACE = re.compile(r"^\.venv/bin/runner trace \S+.*$", re.MULTILINE)
"""Takes ten seconds, and tests/trace has it for every lab. Here its lab must exist."""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    for name in ("labs", ".venv", "experiments.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def needed(page: list[Block]) -> list[str]:
    typed = "\n".join(re.sub(r"#.*", "", block.typed) for block in page)
    return [
        name
        for name in PROGRAMS
        if re.search(rf"(^|[|(]|timeout \d+) *(sudo )?{name} ", typed, re.MULTILINE)
    ]


def quick(block: Block) -> Block:
    """The same commands with a shorter load. Exit status 4 of the load generator is a statement
    about a busy machine, and not about the page.
    """
    typed = re.sub(r"--duration \d+s", "--warmup 0s --duration 200ms || test $? = 4", block.typed)
    return Block(TRACE.sub("true", typed), block.shown)


@pytest.mark.parametrize("lab", ["", *MODELS, *STREAMING])
def test_the_blocks_of_a_page_print_what_it_shows(lab: str, shell: Shell) -> None:
    page = blocks(text(lab, "README.md"))
    assert page
    for name in needed(page):
        if shutil.which(name) is None:
            pytest.skip(f"no {name}; type: sudo apt-get install {PROGRAMS[name]}")
    if "-luring" in text(lab, "README.md") and not Path("/usr/include/liburing.h").exists():
        pytest.skip("no liburing; type: sudo apt-get install liburing-dev")
    for block in page:
        for traced in TRACE.findall(block.typed):
            assert (LABS / traced.split()[2]).is_dir(), traced
        output = shell.type(quick(block))
        assert block.shown is None or is_shown(block.shown, output), f"{block.typed}\n{output}"
    left = Block("jobs -r", None)
    assert shell.type(left).strip() == "", "the page starts what it does not end"


def test_a_page_that_shows_other_output_is_seen() -> None:
    assert is_shown("a …\nabout 7 of 16\n", "a b c\nabout 12 of 16\n")
    assert not is_shown("about 7 of 16\n", "about 7 of 17\n")
    assert not is_shown("reply\n", "no reply\n")
    [block] = blocks("```sh\nx\n```\n\n```text\ny\n```\n")
    assert block == Block("x\n", "y\n")
