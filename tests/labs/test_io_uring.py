"""io_uring: full rings, no free buffer, older kernels, and sandboxes that forbid it."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .capabilities import LABS, Variant
from .clients import Talk, converse, echo, receive, seeded, send_until_stuck
from .engines import ProcessEngine, command
from .preload import preload
from .servers import DEADLINE, Server

C = Variant("io_uring", "c")
PYTHON = Variant("io_uring", "python")
SETUP, REGISTER = 425, 427  # the same numbers on every architecture
PROBE, BUFFER_RING = 8, 22  # operations of io_uring_register

both = pytest.mark.parametrize("variant", [C, PYTHON], ids=str)


@pytest.fixture(scope="session")
def deny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("deny") / "deny"
    subprocess.run(["cc", "-O1", Path(__file__).with_name("deny.c"), "-o", output], check=True)
    return output


def run_denied(
    deny: Path, variant: Variant, binary: Callable[[Variant], Path], *what: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [deny, *map(str, what), "--", *command(variant, binary)],
        env={"PATH": os.environ["PATH"], "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def test_requests_that_the_kernel_does_not_take_at_once(tmp_path: Path) -> None:
    """A real kernel leaves requests in the ring only for lack of memory."""
    folder, output = LABS / "io_uring", tmp_path / "alone"
    parts = [Path(__file__).with_name("ring_alone.c"), folder / "client.c", folder / "ring.c"]
    compiler = ["cc", "-std=gnu11", "-O1", "-g", "-fsanitize=address,undefined"]
    include = [f"-I{LABS}", f"-I{folder}"]
    built = subprocess.run(
        [*compiler, *include, *parts, LABS / "lab.c", "-o", output, "-luring"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "liburing.h: No such file" in built.stderr:
        pytest.skip("liburing-dev; type: sudo apt-get install liburing-dev")
    assert built.returncode == 0, built.stderr
    env = {"ASAN_OPTIONS": "detect_leaks=0"}
    assert subprocess.run([output], env=env, timeout=DEADLINE, check=False).returncode == 0


# ---- Missing -------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("what", "remedy"),
    [
        ((SETUP, errno.EPERM), "seccomp"),  # Docker's profile, and kernel.io_uring_disabled=2
        ((SETUP, errno.ENOSYS), "CONFIG_IO_URING"),
        ((REGISTER, errno.EINVAL, BUFFER_RING), "rings of buffers"),
    ],
    ids=["forbidden", "no-such-call", "no-buffer-ring"],
)
def test_missing_is_one_line_with_a_remedy(
    deny: Path,
    binary: Callable[[Variant], Path],
    variant: Variant,
    what: tuple[int, ...],
    remedy: str,
) -> None:
    done = run_denied(deny, variant, binary, *what)
    assert done.returncode == 77
    assert done.stdout.startswith('MISSING what=io_uring remedy="')
    assert done.stdout.endswith('"\n')
    assert done.stdout.count("\n") == 1
    assert remedy in done.stdout


WITHOUT_LIBRARY = """
import ctypes, runpy, sys

class Absent(ctypes.CDLL):
    def __init__(self, name, *arguments, **options):
        if name and "liburing" in name:
            raise OSError(f"{name}: cannot open shared object file")
        super().__init__(name, *arguments, **options)

ctypes.CDLL = Absent
sys.path.insert(0, sys.argv[1])
runpy.run_path(f"{sys.argv[1]}/server.py", run_name="__main__")
"""


def test_python_without_the_library_says_what_to_type() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBRARY, str(PYTHON.source.parent)],
        env={"PATH": os.environ["PATH"], "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.stdout == 'MISSING what=liburing remedy="apt-get install liburing2"\n'
    assert (done.returncode, done.stderr) == (77, "")


# ---- Features missing from older kernels -----------------------------------------------


@pytest.fixture
def old_kernel(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "seen").write_bytes(b"--")
    return preload("old_kernel.c", tmp_path) | {"RINGS_SEEN": str(tmp_path / "seen")}


def said(engine: ProcessEngine) -> str:
    _, _, log = engine.started[-1]
    return log.read_text()


def test_says_what_it_uses(engine: ProcessEngine, old_kernel: dict[str, str]) -> None:
    engine.launch(C)
    assert said(engine).startswith("io_uring: multishot accept, multishot receive, buffer ring")
    engine.launch(C, env=old_kernel | {"KERNEL": "old"})
    single = "io_uring: single-shot accept, single-shot receive, buffer ring, interrupting"
    assert said(engine).startswith(single)


@pytest.mark.parametrize("kernel", ["old", "small", "wide"])
def test_serves_with_less(engine: ProcessEngine, old_kernel: dict[str, str], kernel: str) -> None:
    server = engine.launch(C, env=old_kernel | {"KERNEL": kernel})
    chance = seeded(40)
    talks = [Talk(server.connect(), chance.randbytes(200_000), chance, 9000) for _ in range(30)]
    converse(talks)
    for talk in talks:
        assert bytes(talk.received) == talk.payload
        talk.client.close()
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        sent = send_until_stuck(server, lazy)
        assert echo(other)
        assert receive(lazy, len(sent)) == sent


# ---- Full rings --------------------------------------------------------------------------


def send_at_once(server: Server, clients: int, length: int) -> None:
    """All send while the server is stopped, so that one wake-up finds it all."""
    talking = [server.connect() for _ in range(clients)]
    assert all(echo(client) for client in talking)
    server.kill(signal.SIGSTOP)
    messages = [seeded(41 + i).randbytes(length) for i in range(clients)]
    for client, message in zip(talking, messages, strict=True):
        client.sendall(message)
    server.kill(signal.SIGCONT)
    for client, message in zip(talking, messages, strict=True):
        assert receive(client, length) == message
        client.close()


@pytest.mark.parametrize("length", [10, 40_000])
def test_more_results_and_more_bytes_than_there_are_places(
    engine: ProcessEngine, old_kernel: dict[str, str], tmp_path: Path, length: int
) -> None:
    server = engine.launch(C, env=old_kernel | {"KERNEL": "small"})
    send_at_once(server, 200, length)
    assert (tmp_path / "seen").read_bytes()[:1] == b"x", "results did not fit"


def test_more_bytes_than_buffers(
    engine: ProcessEngine, old_kernel: dict[str, str], tmp_path: Path
) -> None:
    """ENOBUFS ends a multishot receive, and the server requests it again."""
    server = engine.launch(C, env=old_kernel | {"KERNEL": "wide"})
    send_at_once(server, 200, 40_000)
    assert (tmp_path / "seen").read_bytes()[1:] == b"x", "no receive was without a buffer"


@both
def test_all_send_at_once(engine: ProcessEngine, variant: Variant) -> None:
    send_at_once(engine.launch(variant), 300, 40_000)


# ---- Limits --------------------------------------------------------------------------------


@both
def test_the_limit_is_read_when_an_accept_is_asked_for(
    engine: ProcessEngine, variant: Variant
) -> None:
    """So a lower limit takes effect only with the next request."""
    server = engine.launch(variant, nofile="64:64")
    with server.connect() as first:
        assert echo(first), "the accept is in the kernel's hands"
        tight = server.descriptors()[-1] + 1
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (tight, 64))
        with server.connect() as past_it:
            assert echo(past_it)
            assert server.descriptors()[-1] == tight
