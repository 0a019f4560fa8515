"""What epoll does by itself and epoll_et must do in its code.

Each check is tested too: it must accept the server and reject the wrong servers, which are made
from it by removing one of the lines that edge-triggered code needs.
"""

import difflib
import re
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .capabilities import LABS, Variant
from .clients import echo, receive, send_until_stuck
from .engines import ProcessEngine, build
from .preload import Counts, preload
from .servers import DEADLINE, Server, wait_until

LANGUAGES = ("c", "c-sanitized", "python")
LUCK = 5
"""A wrong server does not pass this many times in a row."""
MOST_DIFFERENT = 14
"""The maximum number of code lines that are new in epoll_et, or missing from epoll."""


# ---- Checks ------------------------------------------------------------------------


def answers_all_of_one_edge(engine: ProcessEngine, variant: Variant, env: dict[str, str]) -> bool:
    """Bytes and EOF arrive before the server reads: one edge reports both."""
    server = engine.launch(variant, env=env)
    with server.connect() as client:
        assert echo(client, b"!")
        server.kill(signal.SIGSTOP)
        client.sendall(b"the last words")
        client.shutdown(socket.SHUT_WR)
        server.kill(signal.SIGCONT)
        return comes_back(server, client, b"the last words") and comes_back(server, client, b"")


def drains_past_one_turn(engine: ProcessEngine, variant: Variant, env: dict[str, str]) -> bool:
    """One edge causes more work than one turn allows: one byte per recv."""
    server = engine.launch(variant, env={**env, "RECV_AT_MOST": "1"})
    with server.connect() as client:
        return comes_back(server, client, bytes(range(200)), send=True)


def finds_room_again(engine: ProcessEngine, variant: Variant, env: dict[str, str]) -> bool:
    """A client that did not read starts to read, and has sent more in the meantime."""
    server = engine.launch(variant, env=env)
    with server.connect(receive_buffer=4096) as client:
        sent = send_until_stuck(server, client)
        return comes_back(server, client, sent)


def takes_turns(engine: ProcessEngine, variant: Variant, env: dict[str, str]) -> bool:
    """One client sends at least as fast as the server reads; the server also serves the other
    clients.
    """
    counts = Counts.at(engine.folder / "counts")
    server = engine.launch(variant, env={**env, **counts.env()})
    with server.connect() as other, server.connect() as endless:
        assert echo(other)
        endless.sendall(b"ENDLESS")
        wait_until(lambda: counts.now()[2] > 0, "the server reads from the endless client")
        return all(comes_back(server, other, b"me too", send=True) for _ in range(20))


def comes_back(
    server: Server, client: socket.socket, message: bytes, *, send: bool = False
) -> bool:
    """Return whether the message comes back in time. An empty message stands for EOF."""
    client.settimeout(1 if server.lines.seen[0].endswith("=naive") else DEADLINE)
    try:
        if send:
            client.sendall(message)
        return receive(client, len(message) or 1) == message
    except TimeoutError:
        return False


Probe = Callable[[ProcessEngine, Variant, dict[str, str]], bool]
PROBES: list[Probe] = [
    answers_all_of_one_edge,
    drains_past_one_turn,
    finds_room_again,
    takes_turns,
]

each_probe = pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)


@pytest.fixture(scope="module")
def receiving(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return preload("receiving.c", tmp_path_factory.mktemp("preload"))


@each_probe
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lab", ["epoll", "epoll_et"])
def test_epoll_and_epoll_et_are_right(
    engine: ProcessEngine, receiving: dict[str, str], probe: Probe, lab: str, language: str
) -> None:
    """epoll passes as well: the kernel reports the remaining bytes again."""
    assert probe(engine, Variant(lab, language), receiving)


# ---- The checks are checked --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mistake:
    """The changes in the source of epoll_et, and the checks that must detect them."""

    changes: tuple[tuple[str, str], ...]
    seen_by: tuple[Probe, ...]


MOD_IN_C = ("        set_interest(fd, edges);\n", "")
MOD_IN_PYTHON = ("            set_interest(fd, EDGES)", "            pass")
MISTAKES = {
    ("no drain", "c"): Mistake(
        (("DRAIN_BATCH = 16", "DRAIN_BATCH = 1"), MOD_IN_C),
        (answers_all_of_one_edge, drains_past_one_turn, finds_room_again),
    ),
    ("no drain", "python"): Mistake(
        (("DRAIN_BATCH = 16", "DRAIN_BATCH = 1"), MOD_IN_PYTHON),
        (answers_all_of_one_edge, drains_past_one_turn, finds_room_again),
    ),
    ("no end of draining", "c"): Mistake(
        (("DRAIN_BATCH = 16", "DRAIN_BATCH = 1 << 30"),), (takes_turns,)
    ),
    ("no end of draining", "python"): Mistake(
        (("DRAIN_BATCH = 16", "DRAIN_BATCH = 1 << 30"),), (takes_turns,)
    ),
    ("no way back after a turn", "c"): Mistake((MOD_IN_C,), (drains_past_one_turn,)),
    ("no way back after a turn", "python"): Mistake((MOD_IN_PYTHON,), (drains_past_one_turn,)),
    ("no interest in room", "c"): Mistake(
        (("EPOLLIN | EPOLLOUT |", "EPOLLIN |"),), (finds_room_again,)
    ),
    ("no interest in room", "python"): Mistake(
        (("select.EPOLLIN | select.EPOLLOUT |", "select.EPOLLIN |"),), (finds_room_again,)
    ),
}


@dataclass(frozen=True, slots=True)
class Naive(Variant):
    """epoll_et with a mistake, and the path of its source."""

    path: Path

    @property
    def source(self) -> Path:
        return self.path


@pytest.fixture
def naive_engine(tmp_path: Path) -> Iterator[ProcessEngine]:
    """A wrong server may also ignore SIGTERM: its end is not checked."""
    logs = tmp_path / "logs"
    logs.mkdir()
    engine = ProcessEngine(lambda variant: build(variant, tmp_path / str(variant)), logs)
    yield engine
    for process, server, _ in engine.started:
        process.kill()
        process.wait()
        server.lines.close()


@pytest.mark.parametrize(("mistake", "language"), MISTAKES)
def test_the_probes_see_a_naive_server(
    naive_engine: ProcessEngine,
    receiving: dict[str, str],
    tmp_path: Path,
    mistake: str,
    language: str,
) -> None:
    original = Variant("epoll_et", language).source
    source = original.read_text().replace('"epoll_et")', '"naive")')
    for old, new in MISTAKES[mistake, language].changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    path = tmp_path / "labs" / "naive" / original.name
    path.parent.mkdir(parents=True)
    path.write_text(source)
    (tmp_path / "labs" / "lab.py").symlink_to(LABS / "lab.py")
    naive = Naive("naive", language, path)
    for probe in MISTAKES[mistake, language].seen_by:
        # A wrong server may pass by luck: another event at the right time hides the mistake.
        tries = (probe(naive_engine, naive, receiving) for _ in range(LUCK))
        assert not all(tries), f"{probe.__name__} is content"


# ---- The difference ----------------------------------------------------------------


def code(path: Path) -> list[str]:
    """Return the lines below the banner, without comments, empty lines and the model's name."""
    banner = r"\A/\*.*?\*/" if path.suffix == ".c" else r'\A""".*?"""'
    text = re.sub(banner, "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"/\*.*?\*/|^#(?!include).*?$|  # .*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r'"epoll(_et)?"', '"model"', text)
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["server.c", "server.py"])
def test_level_to_edge_is_a_small_step(name: str) -> None:
    lines = list(difflib.ndiff(code(LABS / "epoll" / name), code(LABS / "epoll_et" / name)))
    new = [line for line in lines if line.startswith("+ ")]
    gone = [line for line in lines if line.startswith("- ")]
    assert 0 < len(new) <= MOST_DIFFERENT
    assert 0 < len(gone) <= MOST_DIFFERENT
