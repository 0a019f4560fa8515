"""The landmarks, as they are installed or built: the tracer places each by what it does, and each
counts as many requests as the load generator. What each one is stands here, not in the runner."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from urllib.request import urlopen

import pytest

from runner.cli.subject import Subject, subject_of
from runner.engine.box import Engine, MissingError
from runner.engine.docker import DockerEngine
from runner.engine.given import Given
from runner.engine.process import ProcessEngine
from runner.measure.boxes import TRACE_PROGRAMS
from runner.measure.tracing import traced
from runner.measure.trying import tried
from runner.paths import LABS
from runner.spec import load
from runner.spec.wire import escaped
from runner.trace.classification import UNKNOWN
from tests.chosen import chosen
from tests.labs.servers import free_port

SPEC = LABS / "landmarks/landmarks.yaml"
EVERY = 5
"""One landmark of so many is traced."""
MODELS = {
    "socat": ("blocking, a process each", "read"),
    "gevent": ("epoll", "epoll"),
    "haproxy": ("epoll", "epoll"),
    "lighttpd-epoll": ("epoll", "epoll"),
    "lighttpd-poll": ("poll", "poll"),
    "lighttpd-select": ("poll", "poll"),  # Debian compiles it without select
    "memcached": ("epoll, several threads", "epoll"),
    "memcached-poll": (UNKNOWN, "poll"),  # one thread accepts and another serves
    "memcached-select": (UNKNOWN, "select"),
    "memcached-epoll": ("epoll, several threads", "epoll"),
    "nginx": ("epoll, edge-triggered", "epoll"),
    "ncat": (UNKNOWN, "select"),  # two processes for each connection
    "redis": ("epoll", "epoll"),
    "trio": ("epoll", "epoll"),
    "twisted": ("epoll", "epoll"),
    "webfs": ("select", "select"),
    "gunicorn": (UNKNOWN, UNKNOWN),  # one thread waits, and others read
    "uvicorn": ("epoll", "epoll"),
}
"""By name: the model, and the call in which it blocks."""
ACTIVE = 4
SECONDS = 20


@pytest.fixture(scope="module")
def process() -> Iterator[ProcessEngine]:
    with closing(ProcessEngine()) as engine:
        engine.prepare(TRACE_PROGRAMS, print)
        yield engine


@pytest.fixture(scope="module")
def docker() -> Iterator[DockerEngine]:
    with closing(DockerEngine()) as engine:
        engine.prepare(TRACE_PROGRAMS, print)
        yield engine


def landmark(name: str, engine: Engine) -> Subject:
    """Ready to be started; the test is skipped where its package is not there."""
    subject = subject_of(name, None, SPEC)
    problem = engine.prepare([subject.program], print).get(subject.program)
    if isinstance(problem, MissingError):
        pytest.skip(f"NO LANDMARK {name}: {problem}")
    assert problem is None
    return subject


def test_no_landmark_is_forgotten() -> None:
    assert set(load(SPEC).servers) == set(MODELS)


def test_one_that_is_not_installed_says_what_to_type(process: ProcessEngine) -> None:
    def problem(name: str, lacks: Callable[[Given], Given]) -> str:
        program = subject_of(name, None, SPEC).program
        assert program.given is not None
        lacking = replace(program, given=lacks(program.given))
        return str(process.prepare([lacking], print)[lacking])

    pip = f"type: {sys.executable} -m pip install no_such"
    module = problem("trio", lambda given: replace(given, modules=("os", "no_such")))
    assert module == f"no Python module no_such on this machine; {pip}"
    program = "no program no-such on this machine; type: sudo apt-get install"
    started = problem("ncat", lambda given: replace(given, programs=("no-such",)))
    assert started == f"{program} ncat"
    first = problem("redis", lambda given: replace(given, words=("no-such",)))
    assert first == f"{program} redis-server"


def assert_placed(name: str, engine: Engine) -> None:
    subject = landmark(name, engine)
    found = traced(subject.box(engine, f"trace-{name}"), engine, 5, subject.spoken).classification
    why = f"{found.because} {found.unclear}"
    assert (found.model, found.blocks_in) == MODELS[name], why
    assert found.unclear or found.model != UNKNOWN


@pytest.mark.parametrize("name", chosen(list(MODELS), EVERY))
def test_a_landmark_is_placed_by_what_it_does(name: str, process: ProcessEngine) -> None:
    assert_placed(name, process)


@pytest.mark.docker
@pytest.mark.parametrize(
    "name", chosen(["haproxy", *sorted(set(MODELS) - {"haproxy"})], len(MODELS))
)
def test_in_a_container_as_well(name: str, docker: DockerEngine) -> None:
    assert_placed(name, docker)


def _number(pattern: str) -> Callable[[str], int]:
    def number(text: str) -> int:
        match = re.search(pattern, text)
        return int(match[1]) if match else 0

    return number


def _of_haproxy(text: str) -> int:
    rows = csv.DictReader(io.StringIO(text.lstrip("# ")))
    return next(int(row["req_tot"]) for row in rows if row["svname"] == "FRONTEND")


@dataclass(frozen=True, slots=True)
class Own:
    """A server's own count of its requests: what it is asked, a path or a line, what ends its
    answer to a line, and the number in it. A request for a path counts itself."""

    ask: str
    number: Callable[[str], int]
    ends: bytes = b""

    @property
    def counts_itself(self) -> bool:
        return self.ask.startswith("/")

    def count(self, port: int) -> int:
        if self.counts_itself:
            with urlopen(f"http://127.0.0.1:{port}{self.ask}", timeout=SECONDS) as page:
                return self.number(page.read().decode())
        received = b""
        with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
            client.sendall(f"{self.ask}\r\n".encode())
            while not received.endswith(self.ends) and (piece := client.recv(65_536)):
                received += piece
        return self.number(received.decode())


OWN = {
    "memcached": Own("stats", _number(r"STAT cmd_get (\d+)"), b"END\r\n"),
    "nginx": Own("/status", _number(r"requests\s+\d+ \d+ (\d+)")),
    "redis": Own("INFO commandstats", _number(r"cmdstat_ping:calls=(\d+)"), b"\r\n"),
    "haproxy": Own("/status;csv", _of_haproxy),
}


def completed(subject: Subject, port: int) -> int:
    """What the load generator counted of its own requests."""
    assert subject.spoken is not None
    reply = subject.spoken.reply
    how = "http:200" if reply.http else f"exactly:{escaped(reply.exactly or b'')}"
    words = ["--connect", f"127.0.0.1:{port}", "--active", str(ACTIVE), "--warmup", "0ms"]
    words += ["--duration", "200ms", "--send", escaped(subject.spoken.send), "--reply", how]
    runner = [
        sys.executable,
        "-c",
        "from runner.cli import main; main()",
        "fleet",
        *words,
        "--json",
    ]
    done = subprocess.run(runner, capture_output=True, text=True, timeout=60, check=False)
    found = json.loads(done.stdout)
    assert not any(found["errors"].values()), found["errors"]
    return sum(int(each["completed"]) for each in found["fleets"])


def assert_counts_agree(name: str, engine: Engine) -> None:
    """The server may have answered what was in flight when the load generator stopped."""
    own, subject = OWN[name], landmark(name, engine)
    with ExitStack() as boxes:
        box = subject.box(engine, f"count-{name}")
        port = tried(boxes, engine, box, free_port(), calls=False).port
        before = own.count(port)
        sent = completed(subject, port)
        more = own.count(port) - before - own.counts_itself
    assert sent > 0
    assert sent <= more <= sent + ACTIVE, f"{name} counted {more}, the load generator {sent}"


@pytest.mark.parametrize("name", chosen(list(OWN), 2))
def test_the_server_itself_counts_as_many_requests(name: str, process: ProcessEngine) -> None:
    assert_counts_agree(name, process)


@pytest.mark.docker
@pytest.mark.parametrize("name", chosen(["haproxy", "memcached", "nginx", "redis"], 4))
def test_and_so_it_does_in_a_container(name: str, docker: DockerEngine) -> None:
    assert_counts_agree(name, docker)
