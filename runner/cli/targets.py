"""Servers that run already: whose they are, before anything is sent to them."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import click

from runner.plan import Plan
from runner.results import config, shown
from runner.untrusted import UntrustedError, clean, read_bytes

FILE = "targets"
"""In the folder of the user's settings: addresses, one a line. A spec cannot declare any: it may be
written by anyone."""
_MOST = 64 << 10
OWNED = click.option(
    "--i-own-this-target",
    "owned",
    is_flag=True,
    help="Drive the servers that SPEC names by `connect`: they are yours, or you may test them.",
)


def require_owned(plan: Plan, *, owned: bool) -> None:
    """Raises click.UsageError for an address that the user has not declared."""
    own = [trial.own for trial in plan.trials if trial.own is not None]
    addresses = list(dict.fromkeys(each.connect for each in own if each.connect is not None))
    if not addresses:
        return
    if not owned:
        raise click.UsageError(
            f"{addresses[0]}: a load generator can harm a server; type --i-own-this-target if the "
            "server is yours, or you have its owner's permission"
        )
    folder = config()
    file = folder / FILE if folder else None
    declared = {line.partition("#")[0].strip() for line in declared_lines(file)}
    for address in addresses:
        host = ipaddress.IPv4Address(address.rpartition(":")[0])
        if not host.is_loopback and str(host) not in declared:
            raise click.UsageError(
                f"{address} is not on this machine: write the line {host} into {_named(file)} if "
                "it is yours, or you have its owner's permission"
            )


def _named(file: Path | None) -> str:
    return shown(file) if file else "targets below XDG_CONFIG_HOME, which is not set,"


def declared_lines(file: Path | None) -> list[str]:
    """Of a file of the user's settings. Raises click.UsageError where it cannot be read."""
    if file is None:
        return []
    try:
        text = read_bytes(file, _MOST).decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    except (OSError, UntrustedError) as error:
        raise click.UsageError(f"{shown(file)}: {clean(str(error))}") from None
    return text.splitlines()
