"""One interactive shell, which types the blocks of a page as a student does."""

import os
import re
import select
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DEADLINE = 30.0
MARK = "--- typed ---"
PROC = ["--mount-proc", "--kill-child"]


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of a page, and the output that the page shows below them (None: it shows none)."""

    typed: str
    shown: str | None


def blocks(document: str) -> list[Block]:
    """An `sh` block, and the `text` block that follows it without a word in between."""
    found = re.findall(
        r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", document, re.MULTILINE | re.DOTALL
    )
    return [Block(typed, shown or None) for typed, shown in found]


def can_run(words: list[str]) -> bool:
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def is_shown(shown: str, output: str) -> bool:
    """Whether the page shows this output. `…` stands for anything, `about 7` for any number."""
    pattern = re.escape(shown.strip()).replace("…", ".*?")
    pattern = re.sub(r"about\\ \d+", r"about\\ \\d+", pattern)
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


@dataclass(slots=True)
class Shell:
    """bash with job control, in namespaces of its own: no other test sees its ports and
    processes, `pgrep` finds no other server, and all processes end with it.
    """

    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)
    output: bytes = b""

    def __post_init__(self) -> None:
        tried = (["unshare", flags] for flags in ("-rnpf", "-npf"))
        apart = next((words for words in tried if can_run([*words, *PROC, "true"])), None)
        if apart is None:
            pytest.skip("the kernel grants no namespaces to this user")
        self.process = subprocess.Popen(
            [*apart, *PROC, "bash", "--norc"],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.type(Block("ip link set lo up; set -em", None))

    def type(self, block: Block) -> str:
        """Type the commands, and return their output when they are done and what the page shows
        has come: a server in the background prints READY when it is ready. A student is slower
        than a server that ends, and before the next prompt bash forgets the jobs that are done.
        """
        self.output = b""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        killed = "wait" if "kill %1" in block.typed else "true"
        prompt = f"{{ {killed}; jobs; }} > /dev/null 2>&1; echo; echo '{MARK}'"
        typed = f"{{ {block.typed}\n}} < /dev/null\n{prompt}\n"
        self.process.stdin.write(typed.encode())
        self.process.stdin.flush()
        output, end = "", time.monotonic() + DEADLINE
        while time.monotonic() < end:
            output = self.output.decode()
            ended = MARK in output
            output = output.replace(f"\n{MARK}\n", "")
            if ended and (block.shown is None or is_shown(block.shown, output)):
                return output
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                data = os.read(self.process.stdout.fileno(), 65536)
                assert data, f"a command failed:\n{block.typed}\n{output}"
                self.output += data
        return output

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
