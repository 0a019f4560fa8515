"""Where a Docker daemon is searched for.

In the order in which the docker command looks: DOCKER_HOST, then a context (DOCKER_CONTEXT, or
`currentContext` in its configuration), then the socket that a daemon of the system has.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner.untrusted import UntrustedError, clean, parsed_object, read_bytes

SYSTEM = "unix:///var/run/docker.sock"
CONFIG_BYTES_MAX = 1 << 20
CONNECT_SECONDS = 1.0
_DEFAULT = "default"
_IN_HOME = (
    ("Docker Desktop", ".docker/desktop/docker.sock"),
    ("Docker Desktop", ".docker/run/docker.sock"),
    ("Colima", ".colima/default/docker.sock"),
    ("Colima", ".config/colima/default/docker.sock"),
    ("Rancher Desktop", ".rd/docker.sock"),
    ("Lima", ".lima/docker/sock/docker.sock"),
)
_IN_RUNTIME = (("rootless Docker", "docker.sock"), ("rootless podman", "podman/podman.sock"))


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is None if the endpoint of a named context cannot be read. `context` is empty if the
    address is from DOCKER_HOST or the system's."""

    url: str | None
    context: str = ""

    def __str__(self) -> str:
        url = self.url or "an endpoint that cannot be read"
        return f"docker context {self.context!r} ({url})" if self.context else url

    @property
    def is_local(self) -> bool:
        return self.url is not None and self.url.startswith("unix://")


def address() -> Address:
    """Never raises."""
    host = os.environ.get("DOCKER_HOST")
    if host:
        return Address(host)
    name = os.environ.get("DOCKER_CONTEXT") or _current_context()
    if name and name != _DEFAULT:
        return Address(_endpoint(name), clean(name)[:80])
    return Address(SYSTEM)


def other_daemons() -> list[tuple[str, str]]:
    """Other daemons with a socket on this machine that accepts: a name and an address each."""
    daemons = [(name, f"unix://{path}") for name, path in _sockets()]
    tried = address().url
    return [(name, url) for name, url in daemons if url != tried and accepts(url)]


def accepts(url: str) -> bool:
    """Whether a connection can be made: with socket activation long before a daemon answers."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(CONNECT_SECONDS)
                peer.connect(parts.path)
            return True
        if parts.scheme in ("tcp", "http", "https") and parts.hostname:
            port = parts.port or 2375
            socket.create_connection((parts.hostname, port), CONNECT_SECONDS).close()
            return True
    except (OSError, ValueError):
        pass
    return False


def _sockets() -> Iterator[tuple[str, Path]]:
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    candidates = [(name, Path(runtime, end)) for name, end in _IN_RUNTIME]
    home = os.environ.get("HOME")
    if home:
        candidates += [(name, Path(home, end)) for name, end in _IN_HOME]
    candidates += [("Docker", Path("/var/run/docker.sock"))]
    candidates += [("podman", Path("/run/podman/podman.sock"))]
    for name, path in candidates:
        try:
            if stat.S_ISSOCK(path.stat().st_mode):
                yield name, path
        except OSError:
            continue


def _folder() -> Path | None:
    """The configuration folder of the docker command; None for a user without a home."""
    own, home = os.environ.get("DOCKER_CONFIG"), os.environ.get("HOME")
    return Path(own) if own else Path(home, ".docker") if home else None


def _current_context() -> str:
    folder = _folder()
    if folder is None:
        return ""
    try:
        config = parsed_object(read_bytes((folder / "config.json").resolve(), CONFIG_BYTES_MAX))
    except (OSError, UntrustedError, RuntimeError):
        return ""
    name = config.get("currentContext")
    return name if isinstance(name, str) else ""


def _endpoint(name: str) -> str | None:
    folder = _folder()
    if folder is None:
        return None
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()
    meta = folder / "contexts" / "meta" / digest / "meta.json"
    try:
        context = parsed_object(read_bytes(meta, CONFIG_BYTES_MAX))
        host = context["Endpoints"]["docker"]["Host"]
    except (OSError, UntrustedError, KeyError, TypeError):
        return None
    return host if isinstance(host, str) and host.isprintable() else None
