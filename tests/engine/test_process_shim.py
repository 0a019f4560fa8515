"""The launcher by itself: what it says, under sanitizers, and as a user who is nobody."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.boxes import NOBODY, SOURCE

ROOT = Path(__file__).parents[2]
SHIM = ROOT / "runner" / "native" / "shim"
STRICT = [
    "-std=gnu11",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wshadow",
    "-Wconversion",
    "-Werror",
]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SYSTEM_PYTHON = Path("/usr/bin/python3")

ALONE = ["--without", "user,net,pid,mount,ipc,uts,uid"]
AS_NOBODY = """\
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from runner.engine.box import Box, Nofile, Program
from runner.engine.process import ProcessEngine
folder = Path(sys.argv[2])
engine = ProcessEngine(folder / "cache", folder)
probe = Program("server", folder / "probe", "c")
problems = engine.prepare([probe], lambda _: None)
assert not problems, problems
def told(*args):
    running = engine.launch(Box(probe, args, {}, Nofile(256, 256), 64 << 20, 20, (), "nobody"))
    line = running.read_line(20)
    running.remove()
    return line
print(json.dumps({
    "uid": os.getuid(), "isolation": engine.environment()["isolation"], "limits": told("limits"),
    "spawn": told("spawn", "50"), "touch": told("touch", "/labs/server/x"),
}))
engine.close()
"""


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """One that everybody can enter, as pytest's own is private."""
    with tempfile.TemporaryDirectory(prefix="iolab-shim-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def compiled(target: Path, *flags: str) -> Path:
    sources = sorted(map(str, SHIM.glob("*.c")))
    subprocess.run(["cc", *STRICT, *flags, *sources, "-o", target], check=True, timeout=100)
    return target


@pytest.fixture(scope="module")
def shim(open_folder: Path) -> Path:
    return compiled(open_folder / "shim")


@pytest.fixture(scope="module")
def probe(open_folder: Path) -> Path:
    target = open_folder / "probe-binary"
    subprocess.run(["cc", "-O1", "-w", SOURCE, "-o", target], check=True, timeout=100)
    return target


def run(
    shim: Path, options: Sequence[str], command: Sequence[str | Path], prefix: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], str, int]:
    """The lines of the status, the command's stdout, the shim's exit code."""
    read, write = os.pipe()
    keep = ["--see", str(shim.parent)]
    with subprocess.Popen(
        [*prefix, shim, "--status", str(write), *keep, *options, "--", *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, pass_fds=[write],
    ) as process:  # fmt: skip
        os.close(write)
        with os.fdopen(read) as status:
            lines = [json.loads(line) for line in status]
        text, _ = process.communicate()
    return lines, text, process.returncode


def test_it_tells_the_start_and_the_end(shim: Path, probe: Path) -> None:
    (start, end), text, code = run(shim, ["--nofile", "100:200"], [probe, "limits"])
    assert start["nofile"] == [100, 200]
    assert text.startswith("soft=100 hard=200 ")
    assert (end, code) == ({"code": 0, "signal": 0}, 0)


def test_the_status_of_the_command_is_its_own(shim: Path, probe: Path) -> None:
    assert run(shim, [], [probe, "exit", "7"])[0][1:] == [{"code": 7, "signal": 0}]
    (_, end), _, code = run(shim, ["--without", "pid"], [probe, "die", str(int(signal.SIGTERM))])
    assert (end, code) == ({"code": 0, "signal": 15}, 128 + 15)


@pytest.mark.parametrize(
    ("options", "command", "error"),
    [
        ([], ["/no/such/file"], "execve: No such file or directory"),
        ([], ["/etc/passwd"], "execve: Permission denied"),
        (["--cpus", "1023"], ["/bin/true"], "sched_setaffinity: Invalid argument"),
        (["--cgroup", "/no/such/group"], ["/bin/true"], "--cgroup: No such file or directory"),
        (["--join", "99999999"], ["/bin/true"], "/proc/99999999/ns/"),
        (["--what"], ["/bin/true"], "options: Invalid argument"),
        (["--deny", "06000000"], ["/bin/true"], "--deny: Invalid argument"),
        (["--deny", "06000000x000ff7f"], ["/bin/true"], "--deny: Invalid argument"),
        (["--deny", "00" * 8, *ALONE, "--whole"], ["/bin/true"], "seccomp: seccomp: Invalid"),
    ],
)  # fmt: skip
def test_what_stops_it_is_named(
    shim: Path, options: list[str], command: list[str], error: str
) -> None:
    lines, _, code = run(shim, options, command)
    assert code == 125
    assert [line["error"][: len(error)] for line in lines] == [error]


@pytest.mark.parametrize("space", ["user", "net", "pid", "mount", "ipc", "uts", "uid"])
def test_each_namespace_can_be_done_without(shim: Path, probe: Path, space: str) -> None:
    whole = run(shim, [], [probe, "exit", "0"])[0][0]
    (start, end), _, _ = run(shim, ["--without", space], [probe, "exit", "0"])
    assert space not in start["isolation"]
    assert f"{space}: told to do without" in start["lacks"]
    assert end == {"code": 0, "signal": 0}
    if os.geteuid() == 0:
        along = {"uid"} if space == "mount" else set()  # another user could not reach its files
        assert set(whole["isolation"]) - set(start["isolation"]) <= {space} | along


@pytest.fixture
def nobody() -> list[str]:
    if os.geteuid() != 0:
        return []  # who runs the tests is not root: that is what these are about
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv to become another user")
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def test_as_nobody(shim: Path, probe: Path, nobody: list[str]) -> None:
    (start, end), text, _ = run(shim, ["--pids", "20"], [probe, "spawn", "50"], nobody)
    assert end == {"code": 0, "signal": 0}
    if "user" in start["isolation"]:
        assert text == "19\n"


def test_as_nobody_without_a_user_namespace(shim: Path, probe: Path, nobody: list[str]) -> None:
    """As where AppArmor or seccomp refuses it: then there are no namespaces at all."""
    (start, end), text, _ = run(shim, ["--without", "user"], [probe, "limits"], nobody)
    assert start["isolation"] == []
    assert len(start["lacks"]) == 7
    assert "net: clone: Operation not permitted" in start["lacks"]
    assert "nnp=1" in text
    assert end == {"code": 0, "signal": 0}


def test_what_was_granted_once_must_hold(
    shim: Path, probe: Path, nobody: list[str], open_folder: Path
) -> None:
    """Else a namespace that the kernel refuses for a moment would open the machine to a box."""
    refused = ["--without", "user"]
    (start, _), _, _ = run(shim, refused, [probe, "exit", "0"], nobody)
    assert "net: clone: Operation not permitted" in start["lacks"]
    lines, _, code = run(shim, [*refused, "--whole"], [probe, "exit", "0"], nobody)
    assert (lines, code) == ([{"error": "net: clone: Operation not permitted"}], 125)
    everything = ["--without", "user,net,pid,mount,ipc,uts,uid", "--whole"]
    assert run(shim, everything, [probe, "exit", "0"], nobody)[2] == 0
    strange = open_folder / 'no "such\\ file\n'
    lines, _, code = run(shim, ["--see", str(strange)], [probe, "exit", "0"])
    assert (code, len(lines)) == (125, 1), "and its words are JSON, whatever a path holds"


def test_what_is_hidden_is_empty_and_what_is_seen_in_it_is_there(shim: Path, probe: Path) -> None:
    """As for a checkout below /usr: its Python is seen, and nothing else of it."""
    words = ["/bin/sh", "-c", "ls /usr/share; ls -A /usr/share/misc; touch /usr/share/misc/x"]
    hide = ["--hide", "/usr/share", "--hide", "/usr/no-such-folder"]
    see = ["--see", str(probe), "--at", "/usr/share/misc/probe"]
    (start, _), text, _ = run(shim, [*hide, *see], words)
    if "mount" not in start["isolation"]:
        pytest.skip("this machine grants no mount namespace")
    assert text.split() == ["misc", "probe"]
    assert not Path("/usr/share/misc/x").exists()


def test_the_engine_as_nobody(open_folder: Path, nobody: list[str]) -> None:
    """Where control groups are not to be had, RLIMIT_NPROC bounds what root would escape."""
    home = open_folder / "home"
    (home / "probe").mkdir(parents=True)
    shutil.copyfile(SOURCE, home / "probe" / "server.c")
    for path in (home, home / "probe"):
        path.chmod(0o777)
    python = SYSTEM_PYTHON if nobody else Path(sys.executable)
    readable = subprocess.run([*nobody, "test", "-r", ROOT / "runner" / "paths.py"], check=False)
    if not python.exists() or readable.returncode != 0:
        pytest.skip("nobody could read the repository or a Python")
    asked = subprocess.run(
        [*nobody, python, "-B", "-c", AS_NOBODY, ROOT, home],
        capture_output=True, text=True, timeout=100, cwd="/", check=False,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(home)},
    )  # fmt: skip
    if "SyntaxError" in asked.stderr or "ImportError" in asked.stderr:
        pytest.skip(f"{python} is too old: {asked.stderr[-200:]}")
    assert asked.returncode == 0, asked.stderr
    told = json.loads(asked.stdout)
    assert told["uid"] != 0
    assert told["limits"].startswith("soft=256 hard=256 ")
    if "user" in told["isolation"]:
        assert told["spawn"] == "19"
    if "mount" in told["isolation"]:
        assert told["touch"] == "Read-only file system"


@pytest.mark.parametrize("options", [[], ["--without", "user,net,pid,mount,ipc,uts"]])
def test_under_sanitizers(
    open_folder: Path, probe: Path, options: list[str], tmp_path: Path
) -> None:
    target = open_folder / "shim-asan"
    if not target.exists():
        (tmp_path / "x.c").write_text("int main(void) { return 0; }\n")
        tried = ["cc", *SANITIZERS, str(tmp_path / "x.c"), "-o", str(tmp_path / "x")]
        if subprocess.run(tried, capture_output=True, check=False).returncode:
            pytest.skip("this compiler has no sanitizers")
        compiled(target, *SANITIZERS)
    cpu = str(min(os.sched_getaffinity(0)))
    rich = ["--nofile", "64:64", "--cpus", cpu, "--runner", str(os.getpid())]
    (_, end), text, code = run(target, [*options, *rich], [probe, "spawn", "5"])
    assert (text, code, end) == ("5\n", 0, {"code": 0, "signal": 0})
    lines, _, code = run(target, options, ["/no/such/file"])
    assert (lines, code) == ([{"error": "execve: No such file or directory"}], 125)
