"""The contract of labs/README.md: one suite over every lab in every language.

Nothing here asserts a speed. Deadlines only turn a hang into a failure; windows in which
processor time is compared with wall time tell sleeping from spinning.
"""

import ctypes
import os
import resource
import signal
import socket
import subprocess
from itertools import count
from pathlib import Path

import pytest

from .capabilities import MODELS, VARIANTS, Variant
from .clients import Talk, converse, echo, is_closed, receive, reset, say_until_stuck, seeded
from .servers import DEADLINE, ProcessEngine, Server, children, wait_until

CONCURRENT = [variant for variant in VARIANTS if variant.model.concurrent]
ONE_BY_ONE = [variant for variant in VARIANTS if not variant.model.concurrent]
THREAD_EACH = [variant for variant in VARIANTS if variant.model.thread_each]
OWN_MEMORY = [variant for variant in VARIANTS if variant.build.own_memory]

each_concurrent = pytest.mark.parametrize("variant", CONCURRENT, ids=str)
each_one_by_one = pytest.mark.parametrize("variant", ONE_BY_ONE, ids=str)
each_own_memory = pytest.mark.parametrize("variant", OWN_MEMORY, ids=str)


def close_all(clients: list[socket.socket]) -> None:
    for client in clients:
        client.close()
    clients.clear()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


# ---- Beginning and end -------------------------------------------------------------


def test_ready_names_port_and_model(engine: ProcessEngine, variant: Variant) -> None:
    port = free_port()
    server = engine.launch(variant, env={"PORT": str(port)})
    assert server.lines.seen == [f"READY port={port} model={variant.lab}"]
    with server.connect() as client:
        assert echo(client)
    assert server.lines.now() == [f"READY port={port} model={variant.lab}"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", ""), ("PORT", "65536"), ("BACKLOG", " 1")],
)
def test_bad_setting_is_one_clear_line(
    engine: ProcessEngine, variant: Variant, name: str, text: str
) -> None:
    process, log = engine.popen(variant, env={name: text})
    output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert output == b""
    assert log.read_text() == f"{name}={text}: expected a whole number from 0 to 65535\n"


def test_port_in_use_names_the_call(engine: ProcessEngine, variant: Variant) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:  # noqa: S104 (as the servers do)
        process, log = engine.popen(variant, env={"PORT": str(other.getsockname()[1])})
        output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert output == b""
    assert log.read_text() == "bind: Address already in use\n"


def test_backlog_is_what_was_asked_for(engine: ProcessEngine, variant: Variant) -> None:
    """A stopped server accepts nobody: the kernel admits one more than the backlog."""
    admitted = []
    for backlog in ("1", "4096"):
        server = engine.launch(variant, env={"BACKLOG": backlog})
        server.kill(signal.SIGSTOP)
        wait_until_stopped(server)
        clients = [socket.socket() for _ in range(10)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex((server.host, server.port))
        admitted.append(sum(is_connected(client) for client in clients))
        close_all(clients)
        server.kill(signal.SIGCONT)
    assert admitted == [2, 10]


def wait_until_stopped(server: Server) -> None:
    """A signal stops the threads of a process one after the other."""
    wait_until(lambda: set(states(server)) == {"T"}, "the server stops")


def is_connected(client: socket.socket) -> bool:
    try:
        client.getpeername()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_signal_ends_it_while_idle(
    engine: ProcessEngine, variant: Variant, number: signal.Signals
) -> None:
    server = engine.launch(variant)
    assert server.ends_at_once(number)


def test_sigterm_ends_it_as_pid_1(engine: ProcessEngine, variant: Variant) -> None:
    """For PID 1 a signal without a handler is nothing at all."""
    probe = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if probe.returncode != 0 and os.geteuid() != 0:
        pytest.skip(f"no PID namespace for this user: {probe.stderr.strip()}")
    server = engine.launch(variant, pid_one=True)
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert any(
        line.split()[0] == "NSpid:" and line.split()[-1] == "1" for line in status.splitlines()
    )
    with server.connect() as client:
        assert echo(client)
        assert server.ends_at_once(signal.SIGTERM)


def test_sigterm_ends_it_while_serving(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    clients = [server.connect() for _ in range(8 if variant.model.concurrent else 1)]
    assert all(echo(client) for client in clients)
    for client in clients:
        client.sendall(bytes(100_000))
    assert server.ends_at_once(signal.SIGTERM)
    close_all(clients)


def test_sigterm_ends_it_with_a_stalled_client(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as client:
        say_until_stuck(server, client)
        assert server.ends_at_once(signal.SIGTERM)


# ---- Echo --------------------------------------------------------------------------


def test_bytes_come_back_in_order_however_they_are_cut(
    engine: ProcessEngine, variant: Variant
) -> None:
    server = engine.launch(variant)
    chance = seeded(20)
    for largest in (1, 100, 10_000):
        talks = [
            Talk(
                server.connect(), chance.randbytes(chance.randint(1, 50 * largest)), chance, largest
            )
            for _ in range(6 if variant.model.concurrent else 1)
        ]
        converse(talks)
        for talk in talks:
            assert bytes(talk.received) == talk.payload
            talk.client.close()


def test_megabytes_come_back(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect() as client:
        chance = seeded(21)
        talk = Talk(client, chance.randbytes(4 << 20), chance, 1 << 20)
        converse([talk])
        assert bytes(talk.received) == talk.payload


def test_half_close_is_answered_to_the_last_byte(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as client:
        chance = seeded(22)
        talk = Talk(client, chance.randbytes(1 << 20), chance, 1 << 16, half_close=True)
        converse([talk])
        assert talk.ended
        assert bytes(talk.received) == talk.payload


def test_half_close_of_a_stuck_client_is_answered_to_the_last_byte(
    engine: ProcessEngine, variant: Variant
) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as client:
        sent = say_until_stuck(server, client)
        client.shutdown(socket.SHUT_WR)
        assert receive(client, len(sent)) == sent
        assert client.recv(1) == b""


def test_descriptors_come_back_when_clients_leave(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    before = server.descriptors()
    chance = seeded(23)
    for leave in (socket.socket.close, reset) * 4:
        clients = [server.connect() for _ in range(8 if variant.model.concurrent else 1)]
        assert all(echo(client) for client in clients)
        chance.shuffle(clients)
        for client in clients:
            leave(client)
    wait_until(lambda: server.descriptors() == before, "all descriptors are closed")


def test_reset_hurts_nobody_else(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    stays = [server.connect()] if variant.model.concurrent else []
    assert all(echo(client) for client in stays)
    without = server.descriptors()
    for length in (0, 1, 100_000) * 4:
        client = server.connect()
        client.setblocking(False)
        if length:
            client.send(bytes(length))
        reset(client)
        assert all(echo(client) for client in stays)
    stuck = server.connect(receive_buffer=4096)
    say_until_stuck(server, stuck)
    reset(stuck)
    wait_until(lambda: server.descriptors() == without, "its descriptor is closed")
    with server.connect() as client:
        assert echo(client), "whoever has this descriptor next inherits nothing"
        assert all(echo(client) for client in stays)
    close_all(stays)


def test_writing_to_a_client_who_left_is_no_death(engine: ProcessEngine, variant: Variant) -> None:
    """FIN, then RST, behind an unread message: recv still gives it, and send means SIGPIPE."""
    server = engine.launch(variant)
    client = server.connect()
    assert echo(client)
    server.kill(signal.SIGSTOP)
    client.sendall(b"and off")
    client.shutdown(socket.SHUT_WR)
    reset(client)
    server.kill(signal.SIGCONT)
    with server.connect() as other:
        assert echo(other)


def test_small_answers_are_not_delayed(engine: ProcessEngine, variant: Variant) -> None:
    """TCP_NODELAY, read from a copy of the server's own descriptor."""
    server = engine.launch(variant)
    with server.connect() as client:
        assert echo(client)
        own = copy_of_descriptor(server.pid, server.descriptors()[-1])
        with own:
            assert own.getpeername() == client.getsockname()
            assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def copy_of_descriptor(pid: int, fd: int) -> socket.socket:
    pidfd_getfd = 438  # the same number on every architecture; Python has no name for it
    pidfd = os.pidfd_open(pid)
    try:
        copy = ctypes.CDLL(None, use_errno=True).syscall(pidfd_getfd, pidfd, fd, 0)
    finally:
        os.close(pidfd)
    assert copy >= 0, os.strerror(ctypes.get_errno())
    return socket.socket(fileno=copy)


# ---- Many clients ------------------------------------------------------------------


@each_concurrent
def test_more_clients_than_one_batch(engine: ProcessEngine, variant: Variant) -> None:
    """They come while the server is stopped, so that one wake-up finds them all."""
    server = engine.launch(variant)
    server.kill(signal.SIGSTOP)
    clients = [server.connect() for _ in range(300)]
    server.kill(signal.SIGCONT)
    for client in clients:
        client.sendall(b"all at once")
    assert all(receive(client, 11) == b"all at once" for client in clients)
    close_all(clients)


@each_concurrent
def test_clients_come_and_go_in_any_order(engine: ProcessEngine, variant: Variant) -> None:
    """Low descriptors are used again while high ones stay: nobody is forgotten."""
    server = engine.launch(variant)
    chance = seeded(25)
    clients = [server.connect() for _ in range(10)]
    assert all(echo(client) for client in clients)
    full = len(server.descriptors())
    for _ in range(60):
        leaver = clients.pop(chance.randrange(len(clients)))
        chance.choice([socket.socket.close, reset])(leaver)
        wait_until(lambda: len(server.descriptors()) == full - 1, "the descriptor is closed")
        clients.append(server.connect())
        assert echo(clients[-1])
        assert echo(chance.choice(clients))
    assert all(echo(client) for client in clients)
    close_all(clients)


@each_concurrent
def test_a_client_who_does_not_read_stalls_nobody(engine: ProcessEngine, variant: Variant) -> None:
    """And costs no processor time, and finds all its bytes when at last it reads."""
    server = engine.launch(variant)
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        sent = say_until_stuck(server, lazy)
        assert all(echo(other) for _ in range(50))
        assert server.cpu_share() < 0.25
        assert receive(lazy, len(sent)) == sent
        assert echo(lazy)
        assert server.cpu_share() < 0.25


@each_one_by_one
def test_the_second_client_waits_for_the_first(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect() as first, server.connect() as second:
        second.sendall(b"me too")
        assert all(echo(first) for _ in range(50))
        assert server.queues(second) == (0, len(b"me too")), "in the kernel, unread"
        second.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.recv(1)
        second.settimeout(DEADLINE)
        first.close()
        assert receive(second, 6) == b"me too"


@each_one_by_one
def test_the_second_client_waits_for_a_stuck_one(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as lazy, server.connect() as other:
        sent = say_until_stuck(server, lazy)
        other.sendall(b"me too")
        assert receive(lazy, len(sent)) == sent
        assert server.queues(other) == (0, len(b"me too"))
        lazy.close()
        assert receive(other, 6) == b"me too"


def test_idle_clients_cost_no_time(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    clients = [server.connect() for _ in range(50)]
    assert echo(clients[0])
    assert server.cpu_share() < 0.25
    close_all(clients)


# ---- Interruptions -----------------------------------------------------------------


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", output], check=True)
    return output


def test_interrupted_calls_are_called_again(
    engine: ProcessEngine, variant: Variant, faults: Path
) -> None:
    env = {"LD_PRELOAD": str(faults), "ASAN_OPTIONS": "verify_asan_link_order=0"}
    server = engine.launch(variant, env=env)

    def interrupt() -> None:
        """Every thread, once all of them sleep in a call."""
        wait_until(lambda: set(states(server)) == {"S"}, "the server falls asleep")
        for thread in Path(f"/proc/{server.pid}/task").iterdir():
            assert ctypes.CDLL(None).tgkill(server.pid, int(thread.name), signal.SIGUSR1) == 0

    for _ in range(20):
        interrupt()
    with server.connect(receive_buffer=4096) as client:
        for _ in range(20):
            assert echo(client)
            interrupt()
        sent = say_until_stuck(server, client)
        for _ in range(20):
            interrupt()
        assert receive(client, len(sent)) == sent


def states(server: Server) -> list[str]:
    """Of its threads, as proc(5) has them: S sleeps, T is stopped, R runs."""
    stats = [path.read_text() for path in Path("/proc").glob(f"{server.pid}/task/*/stat")]
    return [stat.rpartition(")")[2].split()[0] for stat in stats]


def test_stop_and_continue(engine: ProcessEngine, variant: Variant) -> None:
    """epoll_wait fails with EINTR after SIGCONT, even without a handler: signal(7)."""
    server = engine.launch(variant)
    with server.connect() as client:
        for _ in range(10):
            assert echo(client)
            server.kill(signal.SIGSTOP)
            wait_until_stopped(server)
            server.kill(signal.SIGCONT)


# ---- Limits ------------------------------------------------------------------------


def connect_until_refused(server: Server, clients: list[socket.socket]) -> None:
    """Add clients until one is closed unanswered."""
    for _ in count():
        client = server.connect()
        if not echo(client):
            client.close()
            return
        clients.append(client)


@each_concurrent
def test_no_descriptor_left(engine: ProcessEngine, variant: Variant) -> None:
    """Refused at once and said once, the others served, no spinning, and recovery."""
    server = engine.launch(variant, nofile="24:48")
    own = len(server.descriptors())
    refused = "REFUSED limit=EMFILE fd=24"
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert len(clients) == 24 - own, "every descriptor below the limit serves a client"
    for _ in range(20):
        with server.connect() as client:
            assert is_closed(client)
    assert all(echo(client) for client in clients)
    assert server.cpu_share() < 0.25
    assert server.lines.now()[1:] == [refused]

    clients.pop().close()
    clients.pop(3).close()

    def served() -> bool:
        client = server.connect()
        if echo(client):
            clients.append(client)
            return True
        client.close()
        return False

    wait_until(served, "a client is served again")
    connect_until_refused(server, clients)
    assert len(clients) == 24 - own
    assert all(echo(client) for client in clients)
    assert server.lines.wait_for(3)[1:] == [refused, refused]
    close_all(clients)


def test_limit_lowered_and_raised_again(engine: ProcessEngine, variant: Variant) -> None:
    """The only way to take the last descriptor from a server that serves one at a time."""
    server = engine.launch(variant, nofile="64:64")
    tight = server.descriptors()[-1] + 1
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (tight, 64))
    # A blocking accept reserves its descriptor before it sleeps: this client may get that one.
    server.connect().close()
    for _ in range(20):
        with server.connect() as client:
            assert is_closed(client)
    assert server.cpu_share() < 0.25
    assert server.lines.now()[1:] == [f"REFUSED limit=EMFILE fd={tight}"]
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (64, 64))
    with server.connect() as client:
        assert echo(client)
    assert len(server.lines.now()) == 2


@each_concurrent
def test_past_1024_or_a_named_refusal(
    engine: ProcessEngine, variant: Variant, descriptors: int
) -> None:
    """It is the number of the descriptor that counts, and only select has this ceiling."""
    assert descriptors >= 1400, "this test needs as many descriptors: ulimit -Hn"
    server = engine.launch(variant, nofile="1100:1200")
    own = len(server.descriptors())
    past_1024 = variant.model.past_1024
    limit, name = (1100, "EMFILE") if past_1024 else (1024, "FD_SETSIZE")
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert server.lines.wait_for(2)[1:] == [f"REFUSED limit={name} fd={limit}"]
    # FD_SETSIZE leaves the spare unused below it; EMFILE has it within the limit as well.
    assert len(clients) == limit - own
    assert server.descriptors()[-1] == limit - 1
    assert all(echo(client) for client in (clients[0], clients[-1]))
    assert server.cpu_share() < 0.25
    clients.pop(10).close()
    wait_until(lambda: len(server.descriptors()) < limit, "the descriptor comes back")
    with server.connect() as client:
        assert echo(client)
    close_all(clients)


@pytest.mark.parametrize("variant", [v for v in THREAD_EACH if v.build.own_memory], ids=str)
def test_no_thread_left(engine: ProcessEngine, variant: Variant) -> None:
    """No address space for another stack (AddressSanitizer reserves terabytes: not built so)."""
    server = engine.launch(variant)
    sizes = Path(f"/proc/{server.pid}/statm").read_text().split()
    room = int(sizes[0]) * resource.getpagesize() + (4 << 20)
    resource.prlimit(server.pid, resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert clients, "some were served"
    refusal = f"REFUSED limit=THREADS fd={server.descriptors()[-1] + 1}"
    assert server.lines.wait_for(2)[1:] == [refusal]
    assert all(echo(client) for client in clients)
    assert server.cpu_share() < 0.25
    resource.prlimit(
        server.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    with server.connect() as client:
        assert echo(client)
    close_all(clients)


# ---- Memory ------------------------------------------------------------------------


@each_own_memory
def test_a_client_who_does_not_read_has_a_bound(engine: ProcessEngine, variant: Variant) -> None:
    """So much for each, while they have sent more than all of it."""
    server = engine.launch(variant)
    with server.connect() as client:  # touch every page that the first client touches
        converse([Talk(client, bytes(1 << 20), seeded(24), 1 << 20)])
    before = server.resident()
    lazy = [server.connect(receive_buffer=4096) for _ in range(8)]
    if not variant.model.concurrent:
        close_all(lazy[1:])
        del lazy[1:]
    sent = sum(len(say_until_stuck(server, client)) for client in lazy)
    bound = len(lazy) * variant.model.stuck_bytes + (512 << 10)
    assert sent > bound or len(lazy) == 1, "they did not send enough to tell"
    assert server.resident() - before <= bound
    close_all(lazy)


IN_C = [v for v in OWN_MEMORY if v.language == "c" and v.model.concurrent]


@pytest.mark.parametrize("variant", IN_C, ids=str)
def test_an_idle_client_costs_no_buffer(
    engine: ProcessEngine, variant: Variant, descriptors: int
) -> None:
    model = MODELS[variant.lab]
    number = 4000 if model.past_1024 else 1000
    assert descriptors >= number + 200, "this test needs as many descriptors: ulimit -Hn"
    server = engine.launch(variant)
    first = server.connect()
    assert echo(first)
    before = server.resident()
    clients = [server.connect() for _ in range(number)]
    assert echo(clients[-1]), "all have been accepted"
    pages = 8 * resource.getpagesize()
    assert server.resident() - before <= number * model.idle_bytes + pages
    close_all([first, *clients])


READY_TOLD = [v for v in IN_C if not v.model.thread_each]


@pytest.mark.parametrize("variant", READY_TOLD, ids=str)
def test_clients_who_left_cost_nothing(engine: ProcessEngine, variant: Variant) -> None:
    """What a server keeps for a client, it must drop or use again."""
    server = engine.launch(variant)
    with server.connect() as stays:
        assert echo(stays)
        before = server.resident()
        for _ in range(6000):
            reset(server.connect())
        assert echo(stays)
        assert server.resident() - before <= 8 * resource.getpagesize()


@pytest.mark.parametrize("variant", READY_TOLD, ids=str)
def test_clients_who_were_stuck_cost_nothing(engine: ProcessEngine, variant: Variant) -> None:
    """Eight in turn: half of them read all of it at last, half of them leave it."""
    server = engine.launch(variant)
    with server.connect() as stays:
        assert echo(stays)
        before, alone = server.resident(), server.descriptors()
        for leave in (socket.socket.close, reset) * 4:
            lazy = server.connect(receive_buffer=4096)
            sent = say_until_stuck(server, lazy)
            if leave is not reset:
                assert receive(lazy, len(sent)) == sent
            leave(lazy)
            wait_until(lambda: server.descriptors() == alone, "its descriptor is closed")
        one_buffer = 64 << 10
        assert server.resident() - before <= 2 * one_buffer + 8 * resource.getpagesize()


def test_close_leaves_no_process_behind(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect() as client:
        assert echo(client)
        assert children(server.pid) == []
