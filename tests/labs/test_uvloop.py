"""Without the package the uvloop lab says so, in one line, and is skipped: it does not fail."""

import os
import subprocess
import sys

import pytest

from .capabilities import LABS
from .servers import DEADLINE


@pytest.mark.parametrize("name", ["server.py", "server_protocol.py"])
def test_missing_is_one_line_with_a_remedy(name: str) -> None:
    """-S: no installed packages. And the folder labs/uvloop itself must not pass for one."""
    done = subprocess.run(
        [sys.executable, "-S", str(LABS / "uvloop" / name)],
        env={"PATH": os.environ["PATH"], "PORT": "0", "PYTHONPATH": str(LABS)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.stdout == 'MISSING what=uvloop remedy="pip install uvloop"\n'
    assert done.stderr == ""
    assert done.returncode == 77


@pytest.mark.parametrize("name", ["server.py", "server_protocol.py"])
def test_it_differs_from_asyncio_only_in_the_loop(name: str) -> None:
    one, other = ((LABS / lab / name).read_text().splitlines() for lab in ("asyncio", "uvloop"))
    changed = [line for line in one[9:] if line not in other]
    assert changed == [
        "from socket import socket",
        '    lab.say_ready(listener, "asyncio")',
        "    with asyncio.Runner() as runner:",
    ]
