"""Without the package the uvloop lab prints one line, and the runner skips it."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from .capabilities import LABS
from .servers import DEADLINE


@pytest.mark.parametrize("name", ["server.py", "server_protocol.py"])
def test_missing_is_one_line_with_a_remedy(name: str) -> None:
    """-S: no installed packages. The folder labs/uvloop must not count as the package."""
    done = subprocess.run(
        [sys.executable, "-S", str(LABS / "uvloop" / name)],
        env={"PATH": os.environ["PATH"], "PORT": "0", "PYTHONPATH": str(LABS)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    # Without site there is no venv either: the program sees the system's own Python.
    assert done.stdout == 'MISSING what=uvloop remedy="apt-get install python3-uvloop"\n'
    assert done.stderr == ""
    assert done.returncode == 77


@pytest.mark.parametrize("name", ["server.py", "server_protocol.py"])
def test_in_a_venv_its_own_pip_is_the_remedy(name: str, tmp_path: Path) -> None:
    venv.create(tmp_path / "own")
    done = subprocess.run(
        [tmp_path / "own" / "bin" / "python", str(LABS / "uvloop" / name)],
        env={"PATH": os.environ["PATH"], "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    pip = tmp_path / "own" / "bin" / "pip"
    assert done.stdout == f'MISSING what=uvloop remedy="{pip} install uvloop"\n', done.stderr


@pytest.mark.parametrize("name", ["server.py", "server_protocol.py"])
def test_it_differs_from_asyncio_only_in_the_loop(name: str) -> None:
    """And in what libuv makes impossible: to refuse a client that epoll does not take."""
    one, other = ((LABS / lab / name).read_text().splitlines() for lab in ("asyncio", "uvloop"))
    begin, end = (
        one.index(
            "# The transport registers the socket in a callback, and no caller "
            "would hear of an error there. So"
        ),
        one.index("        return"),
    )
    del one[begin : end + 1]
    changed = [line for line in one[9:] if line not in other]
    assert changed == [
        "import errno",
        "from socket import socket",
        '    lab.say_ready(listener, "asyncio")',
        "    with asyncio.Runner() as runner:",
    ]
