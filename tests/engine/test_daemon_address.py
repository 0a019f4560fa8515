"""Where a Docker daemon is looked for, and what is said where it is somewhere else or late."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.engine.box import EngineError
from runner.engine.daemon import connection
from runner.engine.daemon.address import Address, address
from runner.engine.daemon.connection import connect

VERSION = json.dumps({"ApiVersion": "1.41", "Version": "20.10", "Components": []}).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: " + str(len(VERSION)).encode() + b"\r\n\r\n" + VERSION
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a home of its own, and no settings."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path


def with_context(home: Path, name: str, url: str, current: bool = True) -> None:
    meta = home / ".docker" / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(
        json.dumps({"Name": name, "Endpoints": {"docker": {"Host": url}}})
    )
    config = {"currentContext": name} if current else {}
    (home / ".docker" / "config.json").write_text(json.dumps(config))


@contextmanager
def daemon(path: Path, answers: Callable[[int], bool] = lambda _: True) -> Iterator[list[str]]:
    """A socket that always accepts; `answers` says of each connection, by its number, whether it
    is answered. What is not answered is held open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    asked: list[str] = []
    held: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                request = peer.recv(4096).decode()
                if not request:
                    continue  # a look whether the socket accepts
                asked.append(request.partition("\r\n")[0])
                if answers(len(asked)):
                    peer.sendall(ANSWER)
                    peer.close()
                else:
                    held.append(peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for peer in held:
                peer.close()


def test_docker_host_comes_before_a_context(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address() == Address("unix:///var/run/docker.sock")
    with_context(home, "colima", f"unix://{home}/colima.sock")
    assert address() == Address(f"unix://{home}/colima.sock", "colima")
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert address() == Address("unix:///var/run/docker.sock")
    monkeypatch.setenv("DOCKER_HOST", "unix:///mine")
    assert address() == Address("unix:///mine")


def test_a_context_with_a_socket_is_followed_and_named(home: Path) -> None:
    with_context(home, "colima", f"unix://{home}/c.sock")
    with daemon(home / "c.sock") as asked:
        connect().close()
    assert asked
    with pytest.raises(EngineError, match=r"docker context 'colima' \(unix:///.*c\.sock\): "):
        connect()


def test_a_context_elsewhere_is_named_with_what_to_type(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_context(home, "lab", "ssh://me@lab", current=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "lab")
    with pytest.raises(EngineError, match="export DOCKER_HOST=ssh://me@lab") as refused:
        connect()
    assert "docker context 'lab'" in str(refused.value)
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    with pytest.raises(EngineError, match="docker context inspect gone"):
        connect()


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"currentContext": 7}', "{" * 100_000, '{"currentContext": "a\\u001b[31m"}'],
)
def test_a_broken_configuration_is_no_traceback(home: Path, text: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text(text)
    assert "\x1b" not in str(address())


def test_a_user_without_a_home_has_no_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    assert address() == Address("unix:///var/run/docker.sock")


def test_another_daemon_of_this_user_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/nothing.sock")
    sock = home / ".colima" / "default" / "docker.sock"
    with daemon(sock), pytest.raises(EngineError, match="Colima answers elsewhere") as refused:
        connect()
    assert f"export DOCKER_HOST=unix://{sock}" in str(refused.value)


def test_a_daemon_that_is_being_started_is_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with socket activation: the socket accepts at once, the daemon answers later."""
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.2)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/d.sock")
    said: list[str] = []
    with daemon(home / "d.sock", answers=lambda number: number > 1) as asked:
        connect(20, said.append).close()
    assert len(asked) > 1
    assert said == [
        f"docker: unix://{home}/d.sock accepts but does not answer yet: waiting up to 20 s"
    ]


def test_a_daemon_that_never_answers_is_given_up(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.1)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/d.sock")
    said: list[str] = []
    with (
        daemon(home / "d.sock", answers=lambda _: False),
        pytest.raises(EngineError, match="timed out"),
    ):
        connect(0.3, said.append)
    assert len(said) == 1


def test_nothing_is_waited_for_where_nothing_accepts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/nothing.sock")
    said: list[str] = []
    with pytest.raises(EngineError, match="No such file"):
        connect(1000, said.append)
    assert said == []
