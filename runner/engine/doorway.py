"""A way from other hosts to one port of a box: the box keeps its own network.

A server in a network namespace of its own has loopback alone. For a load that comes from other
hosts, a pair of virtual devices joins that namespace to the host, and a table of nftables carries
what belongs to the trial between the pair and the host's device: from the clients TCP to this one
port, and from the server what answers it. Everything else that the server sends is dropped, above
all the begin of a connection. The server cannot change that: it has no capability, and the rules
are the host's.

The server's end of the pair has the host's own address, so no address is translated, no connection
is tracked, and no packet passes the host's TCP.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.engine.box import EngineError, MissingError, Running

PROGRAMS = ("ip", "nft", "nsenter")
REMEDY = "install iproute2, nftables and util-linux, and run the host's worker as root"
NEIGHBOUR = "02:00:00:00:00:01"
"""Of every client, as the server's end sees it: the host writes the true one."""
_PRIORITY = -400
"""Before the host's own firewall, and before connections are tracked."""
_SECONDS = 20.0
_PREFIX = "iolab_"


@dataclass(frozen=True, slots=True)
class Way:
    """How the host reaches its clients: by which device, from which address, and for each client
    the neighbour that its packets are given to."""

    device: str
    address: str
    neighbours: Mapping[str, str]
    hardware: str
    mtu: int


class Doorway:
    """For `clients`, which are addresses of other hosts. The port is held until it is closed: no
    other program of the host uses it meanwhile."""

    def __init__(self, clients: Sequence[str]) -> None:
        """Raises MissingError."""
        self.way = _way(clients)
        self._held = socket.socket()
        self._held.bind((self.way.address, 0))
        self.port = int(self._held.getsockname()[1])
        self._name = f"{os.getpid()}_{secrets.token_hex(2)}"
        self.near = f"io{os.getpid() % 10**7}{secrets.token_hex(2)}"
        self._opened = False

    @property
    def address(self) -> str:
        """As clients connect to it."""
        return f"{self.way.address}:{self.port}"

    def open(self, server: Running) -> None:
        """Raises MissingError, EngineError."""
        if "net" not in server.isolation or not server.pid:
            raise MissingError("no network namespace of its own for the server", REMEDY)
        self._opened = True
        _run("ip", "link", "add", self.near, "type", "veth", "peer", "name", "door", "netns",
             str(server.pid))  # fmt: skip
        _run("ip", "link", "set", self.near, "mtu", str(self.way.mtu), "up")
        inside = ("nsenter", f"--net=/proc/{server.pid}/ns/net", "ip", "-batch", "-")
        _run(*inside, given="\n".join(self._inside()) + "\n")
        _run("nft", "-f", "-", given=self._rules())

    def close(self) -> None:
        """Never raises."""
        if self._opened:
            self._opened = False
            with suppress(EngineError):
                _run("nft", "delete", "table", "netdev", f"{_PREFIX}{self._name}")
            with suppress(EngineError):
                _run("ip", "link", "delete", self.near)
        self._held.close()

    def _inside(self) -> list[str]:
        """Routes to the clients alone."""
        way = self.way
        lines = [
            f"link set door address {way.hardware} mtu {way.mtu}",
            f"address add {way.address}/32 dev door",
            "link set door up",
        ]
        for client in way.neighbours:
            lines.append(f"neighbor add {client} lladdr {NEIGHBOUR} nud permanent dev door")
            lines.append(f"route add {client}/32 dev door")
        return lines

    def _rules(self) -> str:
        way = self.way
        clients = ", ".join(way.neighbours)
        back = "\n".join(
            f"    ip saddr {way.address} ip daddr {client} tcp sport {self.port} "
            f'fwd ip to {neighbour} device "{way.device}"'
            for client, neighbour in way.neighbours.items()
        )
        return f"""
table netdev {_PREFIX}{self._name} {{
  chain come {{
    type filter hook ingress device "{way.device}" priority {_PRIORITY}; policy accept;
    ip saddr {{ {clients} }} ip daddr {way.address} tcp dport {self.port} fwd to "{self.near}"
  }}
  chain go {{
    type filter hook ingress device "{self.near}" priority {_PRIORITY}; policy drop;
    tcp flags & (syn | ack) == syn drop
{back}
  }}
}}
"""


def sweep() -> int:
    """Removes what runners that have ended left on this host. Returns how many doorways."""
    if _lack():
        return 0
    with suppress(EngineError):
        tables = json.loads(_run("nft", "-j", "list", "tables", "netdev"))["nftables"]
        names = [str(each["table"]["name"]) for each in tables if "table" in each]
        left = [name for name in names if name.startswith(_PREFIX) and not _lives(name)]
        for name in left:
            _run("nft", "delete", "table", "netdev", name)
        return len(left)
    return 0


def _lives(name: str) -> bool:
    pid = name.removeprefix(_PREFIX).partition("_")[0]
    return not pid.isdigit() or Path(f"/proc/{pid}").exists()


def _lack() -> str:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not found"
    return "" if os.geteuid() == 0 else "only root can give a server's network another device"


def _way(clients: Sequence[str]) -> Way:
    """Raises MissingError where this host cannot let them in."""
    if lack := _lack():
        raise MissingError(lack, REMEDY)
    routes = {client: _route(client) for client in clients}
    first, *others = routes.values()
    if any((each["dev"], each["prefsrc"]) != (first["dev"], first["prefsrc"]) for each in others):
        raise MissingError("the load hosts are behind several devices of the server's host",
                           "use hosts of one network")  # fmt: skip
    (link,) = json.loads(_run("ip", "-j", "link", "show", "dev", str(first["dev"])))
    if link.get("link_type") != "ether":
        raise MissingError(
            f"the device {first['dev']} between the hosts is no Ethernet", "use another network"
        )
    neighbours = {client: str(each.get("gateway", client)) for client, each in routes.items()}
    return Way(str(first["dev"]), str(first["prefsrc"]), neighbours, str(link["address"]),
               int(link["mtu"]))  # fmt: skip


def _route(client: str) -> dict[str, Any]:
    try:
        (route,) = json.loads(_run("ip", "-j", "-4", "route", "get", client))
    except (EngineError, ValueError):
        raise MissingError(f"no route to the load host {client}", "check its network") from None
    if route.get("type") == "local" or route["dev"] == "lo" or "prefsrc" not in route:
        raise MissingError(
            f"no network between the server's host and {client}, which is the same machine",
            "use a worker on another host",
        )
    return dict(route)


def _run(*words: str, given: str = "") -> str:
    """Its stdout. Raises EngineError."""
    try:
        done = subprocess.run(
            words, input=given, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{words[0]}: {error}") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise EngineError(f"the way to the load hosts cannot be made: {words[0]}: {said}")
    return done.stdout
