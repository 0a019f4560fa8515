"""The address of a cluster: read, and held against what the user has declared.

What can speak to a scheduler can run any program on its workers, and the other way round. So an
address outside of this machine is used only where the user has written it down.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOCAL_MOST = 16
_FORM = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[^/\s:\[\]]+):([0-9]{1,5})")
_LOCAL = re.compile(r"local:([0-9]{1,3})")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressError(Exception):
    """What was typed cannot be used; the text says what to type instead."""


class ClusterError(Exception):
    """The cluster cannot be used, or broke: infrastructure."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Files of TLS: the authority that signed all certificates, and the own certificate with its
    key. All or none of them."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def given(self) -> bool:
        return self.authority is not None

    def require_whole(self) -> None:
        """Raises AddressError."""
        files = {"--tls-ca": self.authority, "--tls-cert": self.certificate, "--tls-key": self.key}
        missing = [name for name, path in files.items() if path is None]
        if missing and len(missing) < len(files):
            raise AddressError(f"{' and '.join(missing)} missing: TLS needs all three files")
        for name, path in files.items():
            if path is not None and not path.is_file():
                raise AddressError(f"{name} {path}: there is no such file")


@dataclass(frozen=True, slots=True)
class Address:
    """`local` hosts on this machine, or a scheduler at `url`."""

    local: int = 0
    url: str = ""

    @classmethod
    def of(cls, text: str) -> Address:
        """Raises AddressError."""
        if match := _LOCAL.fullmatch(text):
            number = int(match[1])
            if not 1 <= number <= LOCAL_MOST:
                raise AddressError(f"--cluster {text}: type local:1 to local:{LOCAL_MOST}")
            return cls(local=number)
        match = _FORM.fullmatch(text)
        if match is None or int(match[3]) > 65535:
            raise AddressError(
                f"--cluster {text[:80]}: no address of a Dask scheduler; type tcp://HOST:8786, "
                "tls://HOST:8786, or local:3 to try it on this machine"
            )
        return cls(url=text)

    @property
    def encrypted(self) -> bool:
        return bool(self.local) or self.url.startswith("tls://")


def declared_networks(lines: Sequence[str], where: str) -> list[Network]:
    """One address or network a line. Raises AddressError that names the line."""
    networks: list[Network] = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            raise AddressError(
                f"{where}:{number}: {text[:60]!r} is no address and no network; type 10.1.2.3 or "
                "10.1.2.0/24"
            ) from None
    return networks


def require_declared(url: str, declared: Sequence[Network], where: str) -> None:
    """The scheduler's address or a worker's. Raises AddressError for one that is neither this
    machine's loopback nor declared in the file `where`."""
    match = _FORM.fullmatch(url)
    if match is None:
        raise AddressError(f"{url[:80]}: the lab speaks to workers by tcp:// and tls:// alone")
    name = match[2].strip("[]")
    for address in _resolved(name, url):
        if address.is_loopback or any(address in network for network in declared):
            continue
        raise AddressError(
            f"{url}: {address} is not on this machine. A scheduler can run any "
            f"program on its workers, and they on this machine: write the line {address}, or its "
            f"network, into {where} if all of them are yours"
        )


def _resolved(name: str, url: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise AddressError(f"{url}: {name}: {error.strerror or error}") from None
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
