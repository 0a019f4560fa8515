"""The contract for every lab in every language: system calls that signals interrupt."""

import ctypes
import errno
import signal
import subprocess
from pathlib import Path

import pytest

from .capabilities import Variant, variants_of
from .clients import echo, receive, send_until_stuck
from .engines import Engine
from .preload import preload
from .servers import states, wait_until, wait_until_stopped


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", output], check=True)
    return output


def test_interrupted_calls_are_called_again(engine: Engine, variant: Variant, faults: Path) -> None:
    env = {"LD_PRELOAD": str(faults), "ASAN_OPTIONS": "verify_asan_link_order=0"}
    server = engine.launch(variant, env=env)
    libc = ctypes.CDLL(None, use_errno=True)

    def interrupt() -> None:
        """Interrupt every thread when all of them sleep in a call. Pool threads may end in
        between.
        """
        wait_until(lambda: set(states(server)) == {"S"}, "the server falls asleep")
        for thread in Path(f"/proc/{server.pid}/task").iterdir():
            failed = libc.tgkill(server.pid, int(thread.name), signal.SIGUSR1)
            assert not failed or ctypes.get_errno() == errno.ESRCH

    for _ in range(20):
        interrupt()
    with server.connect(receive_buffer=4096) as client:
        for _ in range(20):
            assert echo(client)
            interrupt()
        sent = send_until_stuck(server, client)
        for _ in range(20):
            interrupt()
        assert receive(client, len(sent)) == sent


OF_THE_CONNECTION = [
    errno.ENETDOWN, errno.EPROTO, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.ENONET,
    errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH, errno.ECONNABORTED,
]  # fmt: skip
"""Linux passes pending network errors of the new socket to accept: accept(2), Error handling."""


@pytest.mark.parametrize(
    "variant", [v for v in variants_of("blocking", "epoll") if v.build.own_memory], ids=str
)
def test_an_error_of_one_connection_costs_no_other(
    engine: Engine, variant: Variant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither the server ends, nor does it pause, not even with the spare descriptor in use."""
    env = preload("accept_errors.c", tmp_path_factory.mktemp("accept"))
    errors = [*OF_THE_CONNECTION, errno.EMFILE, errno.ECONNABORTED, errno.EMFILE, errno.EPROTO]
    server = engine.launch(variant, env={**env, "ERRORS": " ".join(map(str, errors))})
    with server.connect() as client:
        assert echo(client)


def test_stop_and_continue(engine: Engine, variant: Variant) -> None:
    """epoll_wait fails with EINTR after SIGCONT, even without a handler: signal(7)."""
    server = engine.launch(variant)
    with server.connect() as client:
        for _ in range(10):
            assert echo(client)
            server.kill(signal.SIGSTOP)
            wait_until_stopped(server)
            server.kill(signal.SIGCONT)
