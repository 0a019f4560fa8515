"""Fixtures: servers compiled once per session, and the engines that start them."""

import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .capabilities import VARIANTS, Variant
from .engines import ProcessEngine, binaries, raise_nofile
from .listening import APLAY, Listener
from .probing import program, run  # noqa: F401 (fixtures of the tests of probes)
from .servers import Server
from .small_loop import Kernel, fresh

ENGINES = {"process": ProcessEngine}


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Variant], Path]:
    return binaries(tmp_path_factory)


@pytest.fixture(scope="session", autouse=True)
def descriptors() -> Iterator[int]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield raise_nofile()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(params=ENGINES)
def engine(
    request: pytest.FixtureRequest, binary: Callable[[Variant], Path], tmp_path: Path
) -> Iterator[ProcessEngine]:
    """After every test, check that its servers kept the contract to the end."""
    engine = ENGINES[request.param](binary, tmp_path)
    yield engine
    assert list(engine.close()) == []


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each lab in each language."""
    chosen: Variant = request.param
    return chosen


@pytest.fixture
def server(engine: ProcessEngine) -> Server:
    """The aplay server."""
    return engine.launch(APLAY)


@pytest.fixture
def listener(server: Server) -> Iterator[Listener]:
    """A listener of aplay that has not sent a command yet."""
    with server.connect() as client:
        yield Listener(client)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    module: Any = fresh("loop", monkeypatch)
    epoll = module.kernel
    module.kernel = Kernel(epoll)
    yield module
    epoll.close()


@pytest.fixture
def sockets(loop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001 (it imports loop)
    return fresh("sockets", monkeypatch)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.setblocking(False)
    there.setblocking(False)
    with here, there:
        yield here, there
