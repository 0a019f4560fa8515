"""The connection to a Docker daemon, and the reason if the daemon does not answer.

DOCKER_HOST, DOCKER_CERT_PATH and the contexts of the docker command are honoured. podman's socket
speaks the same protocol (DOCKER_HOST=unix:///run/user/1000/podman/podman.sock).
"""

from __future__ import annotations

import os
import platform
import shlex
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException, Timeout

from runner.engine.box import EngineError, Say
from runner.engine.daemon.address import Address, accepts, address, other_daemons

ANSWER_SECONDS = 1
"""How long `connect` waits: a daemon nearby answers within milliseconds."""

CALL_SECONDS = 60
"""How long any later call may take. Starting a container on a loaded machine may take seconds."""

PATIENCE_SECONDS = 20
"""How long a command waits for a daemon whose socket accepts, because it is being started."""

_FAILURES = (DockerException, RequestException, OSError, ValueError)
_UCRED = struct.Struct("3i")  # struct ucred: pid, uid, gid


def connect(patience: float = ANSWER_SECONDS, say: Say = lambda _: None) -> docker.DockerClient:
    """Raises EngineError with the reason: within two seconds without a daemon, and after `patience`
    if a socket accepts but no daemon answers. A daemon that the system starts at the first
    connection behaves so, and its start may take a while."""
    where = address()
    if where.url is None or (where.context and not where.is_local):
        raise EngineError(_elsewhere(where))
    try:
        client = _client(where.url, ANSWER_SECONDS)
    except _FAILURES as error:
        if patience <= ANSWER_SECONDS or not _is_slow(error) or not accepts(where.url):
            raise EngineError(_refused(where, error)) from error
        say(f"docker: {where} accepts but does not answer yet: waiting up to {patience:g} s")
        try:
            client = _client(where.url, patience)
        except _FAILURES as late:
            raise EngineError(_refused(where, late)) from late
    client.api.timeout = CALL_SECONDS
    return client


def _client(url: str, seconds: float) -> docker.DockerClient:
    """The request for the version shows whether a daemon answers."""
    whole: Any = seconds  # typed as whole ones
    environment = {**os.environ, "DOCKER_HOST": url}
    return docker.from_env(timeout=whole, version="auto", environment=environment)


def remedy() -> str:
    """The command that selects another daemon of this machine; empty if none is known."""
    where = address()
    if where.context and where.url is None:
        return f"docker context inspect {shlex.quote(where.context)}"
    if where.context and where.url and not where.is_local:
        return f"export DOCKER_HOST={shlex.quote(where.url)}"
    for _, url in other_daemons():
        return f"export DOCKER_HOST={shlex.quote(url)}"
    return ""


def is_elsewhere(info: Mapping[str, Any]) -> bool:
    """Whether the daemon with this `info` runs under another kernel than the runner."""
    own = platform.release()
    return not address().is_local or info.get("KernelVersion", own) != own


def _refused(where: Address, error: BaseException) -> str:
    reason = f"{where}: {_cause(error)}"
    for name, _ in other_daemons():
        return f"{reason}; {name} answers elsewhere, type: {remedy()}"
    return reason


def _elsewhere(where: Address) -> str:
    if where.url is None:
        return f"{where}; type: {remedy()}"
    return f"{where} is not a socket of this machine, and is not used unless you type: {remedy()}"


def _is_slow(error: BaseException) -> bool:
    """Whether the reason was a time-out."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (TimeoutError, Timeout)) or "timed out" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turns every failure of a call to the daemon into one EngineError."""
    try:
        yield
    except APIError as error:
        raise EngineError(f"docker, {what}: {error.explanation or error}") from error
    except (DockerException, RequestException, OSError) as error:
        raise EngineError(
            f"the Docker daemon at {address()} does not answer ({what}): {_cause(error)}"
        ) from error


def daemon_pid() -> int | None:
    """The process id of a daemon on this machine, from its socket; None for a daemon elsewhere."""
    where = address()
    if where.url is None or not where.is_local:
        return None
    path = where.url.removeprefix("unix://")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        try:
            peer.settimeout(ANSWER_SECONDS)
            peer.connect(path)
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        except OSError:
            return None
    return int(_UCRED.unpack(credentials)[0]) or None


def _cause(error: BaseException) -> str:
    """The innermost reason that has a text: the outer layers only repeat it."""
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
