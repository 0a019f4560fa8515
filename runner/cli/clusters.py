"""`--cluster`: its options, the hosts behind it, and what is said of them before a run begins."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runner.cli import engines
from runner.cli.targets import declared_lines
from runner.cluster import Address, AddressError, ClusterError, Keys
from runner.cluster.address import Network, declared_networks
from runner.engine.box import Say
from runner.results import config, shown

if TYPE_CHECKING:
    from runner.cluster.link import Link

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = "clusters"
"""In the folder of the user's settings: addresses and networks, one a line."""
INSTALL = "a cluster needs Dask; type: pip install 'iolab[cluster]'"
_PATH = click.Path(path_type=Path)


def CLUSTER(command: Command) -> Command:  # noqa: N802 - stands among the other decorators
    """The options of a command that hosts of a cluster may do."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Measure on the workers of a Dask cluster: tls://HOST:8786, tcp://HOST:8786; local:3 "
        "starts three here, to try it.",
    ),
    click.option("--tls-ca", type=_PATH, metavar="FILE", help="Of a cluster: the authority."),
    click.option("--tls-cert", type=_PATH, metavar="FILE", help="The certificate of this side."),
    click.option("--tls-key", type=_PATH, metavar="FILE", help="The key of that certificate."),
)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """What was typed; `address` is None without --cluster."""

    address: Address | None
    keys: Keys

    @classmethod
    def of(
        cls, text: str | None, authority: Path | None, certificate: Path | None, key: Path | None
    ) -> ClusterOptions:
        """Raises click.UsageError, with what to type."""
        keys = Keys(authority, certificate, key)
        if text is None:
            if any((authority, certificate, key)):
                raise click.UsageError("--tls-ca, --tls-cert and --tls-key belong to --cluster")
            return cls(None, keys)
        try:
            keys.require_whole()
            return cls(Address.of(text), keys)
        except AddressError as error:
            raise click.UsageError(str(error)) from None

    @contextlib.contextmanager
    def connected(self, engine: str, say: Say) -> Iterator[Link]:
        """Raises click.UsageError, ClusterError."""
        assert self.address is not None  # noqa: S101 - asked for by --cluster alone
        try:
            from runner.cluster.link import connected
        except ModuleNotFoundError as error:
            raise click.UsageError(f"{INSTALL} ({error.name} is missing)") from None
        declared, where = _declared()
        try:
            with connected(
                self.address, self.keys, declared, where, engine, engines.choose, say
            ) as link:
                yield link
        except AddressError as error:
            raise click.UsageError(str(error)) from None


def _declared() -> tuple[list[Network], str]:
    folder = config()
    if folder is None:
        return [], f"{FILE} below XDG_CONFIG_HOME, which is not set,"
    file = folder / FILE
    return declared_networks(declared_lines(file), shown(file)), shown(file)


__all__ = ["CLUSTER", "ClusterError", "ClusterOptions"]
