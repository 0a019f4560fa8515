"""fork and prefork: the contract for servers of more than one process, and what is theirs alone.

The conformance suite looks at one process. Those of its tests that look only at the wire
are run here for these two: prefork with one worker, who is then as good as `blocking`.
"""

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from .capabilities import MODELS, Model, Variant
from .clients import echo, is_closed, receive, say_until_stuck
from .preload import preload
from .servers import DEADLINE, ProcessEngine, Server, children, wait_until
from .test_conformance import (  # noqa: F401 (pytest finds them here, with the fixtures below)
    faults,
    free_port,
    states,
    test_bad_setting_is_one_clear_line,
    test_bytes_come_back_in_order_however_they_are_cut,
    test_half_close_is_answered_to_the_last_byte,
    test_half_close_of_a_stuck_client_is_answered_to_the_last_byte,
    test_idle_clients_cost_no_time,
    test_interrupted_calls_are_called_again,
    test_megabytes_come_back,
    test_port_in_use_names_the_call,
    test_ready_names_port_and_model,
    test_reset_hurts_nobody_else,
    test_signal_ends_it_while_idle,
    test_sigterm_ends_it_as_pid_1,
    test_sigterm_ends_it_while_serving,
    test_sigterm_ends_it_with_a_stalled_client,
    test_stop_and_continue,
    test_writing_to_a_client_who_left_is_no_death,
)

LANGUAGES = ("c", "c-sanitized", "python")
each_language = pytest.mark.parametrize("language", LANGUAGES)


@dataclass(frozen=True, slots=True)
class Processes(Variant):
    """fork, or prefork with a single worker."""

    @property
    def model(self) -> Model:
        return replace(MODELS["blocking"], concurrent=self.lab == "fork")


@dataclass(slots=True)
class OneWorker(ProcessEngine):
    """Whoever does not ask for more workers has one."""

    def popen(
        self,
        variant: Variant,
        *,
        env: dict[str, str] | None = None,
        limits: tuple[str, ...] = (),
        pid_one: bool = False,
    ) -> tuple[subprocess.Popen[bytes], Path]:
        env = {"WORKERS": "1", **(env or {})}
        return ProcessEngine.popen(self, variant, env=env, limits=limits, pid_one=pid_one)


@pytest.fixture
def engine(binary: Callable[[Variant], Path], tmp_path: Path) -> Iterator[ProcessEngine]:
    """As in conftest: every test ends with the question whether its servers kept the contract."""
    engine = OneWorker(binary, tmp_path)
    yield engine
    assert list(engine.close()) == []


VARIANTS = [Processes(lab, language) for lab in ("fork", "prefork") for language in LANGUAGES]


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


def exists(pid: int) -> bool:
    """A zombie has ended: it only waits to be asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# ---- Both --------------------------------------------------------------------------


def test_sigterm_ends_them_all(engine: ProcessEngine, variant: Variant) -> None:
    """Also the one that sleeps in send, for a client who does not read."""
    server = engine.launch(variant, env={"WORKERS": "3"})
    with server.connect(receive_buffer=4096) as stuck, server.connect() as other:
        say_until_stuck(server, stuck)
        other.sendall(b"perhaps for the same worker")
        family = children(server.pid)
        assert family
        server.kill(signal.SIGTERM)
        assert server.exit_status(1) == 0
        wait_until(lambda: not any(exists(pid) for pid in family), "the children end as well")


def test_the_port_is_free_at_once(engine: ProcessEngine, variant: Variant) -> None:
    """Even while clients were connected: whoever holds the listener open dies as well."""
    port = str(free_port())
    first = engine.launch(variant, env={"PORT": port})
    with first.connect() as client:
        assert echo(client)
        family = children(first.pid)
        first.kill(signal.SIGTERM)
        assert first.exit_status(1) == 0
        wait_until(lambda: not any(exists(pid) for pid in family), "the children end as well")
        engine.launch(variant, env={"PORT": port})


# ---- fork --------------------------------------------------------------------------


@each_language
def test_fork_has_a_child_for_every_client_and_reaps_it(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("fork", language))
    before = server.descriptors()
    clients = [server.connect() for _ in range(10)]
    assert all(echo(client) for client in clients)
    assert len(children(server.pid)) == 10
    wait_until(lambda: server.descriptors() == before, "the parent keeps none")
    for client in clients:
        client.close()
    wait_until(lambda: children(server.pid) == [], "no child and no zombie is left")


@each_language
def test_fork_many_at_once_leave_no_zombie(engine: ProcessEngine, language: str) -> None:
    """Signals of one kind do not queue: one SIGCHLD may tell of many."""
    server = engine.launch(Variant("fork", language))
    clients = [server.connect() for _ in range(30)]
    assert all(echo(client) for client in clients)
    server.kill(signal.SIGSTOP)
    for client in clients:
        client.close()
    family = children(server.pid)
    wait_until(lambda: not any(exists(pid) for pid in family), "all thirty have ended")
    server.kill(signal.SIGCONT)
    wait_until(lambda: children(server.pid) == [], "all thirty are reaped")


@each_language
def test_fork_a_client_who_does_not_read_or_whose_child_dies_hurts_nobody(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("fork", language))
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        assert echo(other)
        sent = say_until_stuck(server, lazy)
        assert all(echo(other) for _ in range(20))
        assert receive(lazy, len(sent)) == sent
        known = set(children(server.pid))
        with server.connect() as third:
            assert echo(third)
            [child] = set(children(server.pid)) - known
            replace(server, pid=child).kill(signal.SIGKILL)
            assert is_closed(third)
        assert echo(other)


@each_language
def test_fork_no_process_left(engine: ProcessEngine, tmp_path: Path, language: str) -> None:
    """Refused at once and said once, the others served, and recovery."""
    full = tmp_path / "full"
    env = {**preload("no_process.c", tmp_path), "NO_PROCESS": str(full)}
    server = engine.launch(Variant("fork", language), env=env)
    with server.connect() as client:
        assert echo(client)
        full.touch()
        for _ in range(5):
            with server.connect() as refused:
                assert is_closed(refused)
        fd = server.descriptors()[-1] + 1
        assert server.lines.wait_for(2)[1:] == [f"REFUSED limit=PROCESSES fd={fd}"]
        assert echo(client)
        full.unlink()
        with server.connect() as served:
            assert echo(served)
    assert len(server.lines.now()) == 2


# ---- prefork -----------------------------------------------------------------------


def listeners(server: Server) -> int:
    """Sockets that listen on the port: state 0A of /proc/net/tcp."""
    rows = Path(f"/proc/{server.pid}/net/tcp").read_text().splitlines()[1:]
    return sum(
        row.split()[1].endswith(f":{server.port:04X}") and row.split()[3] == "0A" for row in rows
    )


@each_language
def test_prefork_has_its_workers_before_it_is_ready(engine: ProcessEngine, language: str) -> None:
    server = engine.launch(Variant("prefork", language), env={"WORKERS": "4"})
    assert listeners(server) == 4
    assert len(children(server.pid)) == 4
    with ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(server.connect())
            client.sendall(b"any")
        assert len(children(server.pid)) == 4, "clients add none"


@each_language
def test_prefork_replaces_a_worker_and_keeps_who_waited_for_it(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("prefork", language))
    with server.connect() as first, server.connect() as second:
        assert echo(first)
        second.sendall(b"I wait")
        [worker] = children(server.pid)
        server_of_worker = replace(server, pid=worker)
        server_of_worker.kill(signal.SIGKILL)
        assert is_closed(first)
        assert receive(second, 6) == b"I wait"
        [successor] = children(server.pid)
        assert successor != worker


@each_language
def test_prefork_serves_no_more_than_its_workers(engine: ProcessEngine, language: str) -> None:
    """With one client more than workers, one waits, and is served when the others have left."""
    server = engine.launch(Variant("prefork", language), env={"WORKERS": "2"})
    clients = [server.connect() for _ in range(3)]
    served, waiting = sort_out(server, clients)
    assert len(served) <= 2
    for client in served:
        client.close()
    for client in waiting:  # two of them may wait for each other
        assert receive(client, 3) == b"any"
        client.close()


def test_prefork_may_let_a_client_wait_beside_an_idle_worker(engine: ProcessEngine) -> None:
    """The hash knows nothing of who is busy. Two clients and two workers: half of all times."""
    server = engine.launch(Variant("prefork", "c"), env={"WORKERS": "2"})

    def one_waits() -> bool:
        clients = [server.connect(), server.connect()]
        served, waiting = sort_out(server, clients)
        for client in [*served, *waiting]:
            client.close()
        return len(waiting) == 1

    assert any(one_waits() for _ in range(100))


def sort_out(
    server: Server, clients: list[socket.socket]
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Who is answered and whose bytes lie unread, once all the workers are asleep."""
    served: list[socket.socket] = []
    for client in clients:
        client.sendall(b"any")

    def settled() -> bool:
        for client in clients:
            if client not in served and server.queues(client) == (0, 0):
                assert receive(client, 3) == b"any"
                served.append(client)
        workers = [replace(server, pid=pid) for pid in children(server.pid)]
        return all(set(states(worker)) == {"S"} for worker in workers)

    wait_until(lambda: settled() and settled(), "the workers fall asleep")
    return served, [client for client in clients if client not in served]


@each_language
def test_prefork_does_not_share_its_port_with_another(engine: ProcessEngine, language: str) -> None:
    """SO_REUSEPORT alone would let a second one in, and nobody would be told."""
    variant = Variant("prefork", language)
    first = engine.launch(variant, env={"WORKERS": "2"})
    process, log = engine.popen(variant, env={"PORT": str(first.port)})
    output, _ = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (1, b"")
    assert log.read_text() == "bind: Address already in use\n"


@each_language
@pytest.mark.parametrize(
    ("text", "error"),
    [("0", "expected at least one"), ("many", "expected a whole number from 0 to 65535")],
)
def test_prefork_bad_number_of_workers(
    engine: ProcessEngine, language: str, text: str, error: str
) -> None:
    process, log = engine.popen(Variant("prefork", language), env={"WORKERS": text})
    output, _ = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (2, b"")
    assert log.read_text() == f"WORKERS={text}: {error}\n"
