"""The connection to a Docker daemon, and what it means when it does not answer.

DOCKER_HOST and DOCKER_CERT_PATH are honoured. podman's socket speaks the same protocol
(DOCKER_HOST=unix:///run/user/1000/podman/podman.sock).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from runner.engine.box import EngineError

ANSWER_SECONDS = 1
"""How long `connect` waits: a daemon nearby answers within milliseconds."""

CALL_SECONDS = 60
"""How long any later call may take. Starting a container on a loaded machine may take seconds."""

_UCRED = struct.Struct("3i")  # struct ucred: pid, uid, gid


def connect() -> docker.DockerClient:
    """Raises EngineError with the reason, within two seconds."""
    try:
        # Asking for the version is what finds out whether anybody is there.
        client = docker.from_env(timeout=ANSWER_SECONDS, version="auto")
    except (DockerException, RequestException, OSError, ValueError) as error:
        raise EngineError(f"{_address()}: {_cause(error)}") from error
    client.api.timeout = CALL_SECONDS
    return client


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turns every way in which a call to the daemon fails into one EngineError."""
    try:
        yield
    except APIError as error:
        raise EngineError(f"docker, {what}: {error.explanation or error}") from error
    except (DockerException, RequestException, OSError) as error:
        raise EngineError(
            f"the Docker daemon at {_address()} does not answer ({what}): {_cause(error)}"
        ) from error


def daemon_pid() -> int | None:
    """Of a daemon on this machine, asked of its socket; None for one elsewhere."""
    scheme, _, path = _address().partition("://")
    if scheme != "unix":
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        try:
            peer.settimeout(ANSWER_SECONDS)
            peer.connect(path)
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        except OSError:
            return None
    return int(_UCRED.unpack(credentials)[0]) or None


def _address() -> str:
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


def _cause(error: BaseException) -> str:
    """The innermost reason that has a text: the layers above it only repeat each other."""
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
