"""`runner where`: the folders of the lab, in a checkout or as they were installed, and those that a
run writes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click
from tabulate import tabulate

from runner.cli.exit_codes import Exit
from runner.cli.terminal import out
from runner.paths import CACHE, IMAGES, LABS, SCHEMA, SPEC
from runner.results import config

PLACES: Mapping[str, Callable[[], Path | None]] = {
    "labs": lambda: LABS,
    "images": lambda: IMAGES,
    "schema": lambda: SCHEMA,
    "spec": lambda: SPEC,
    "results": lambda: Path("results").absolute(),
    "cache": lambda: CACHE,
    "settings": config,
}


@click.command()
@click.argument("place", type=click.Choice(tuple(PLACES)), required=False)
def where(place: str | None) -> int:
    """Prints the folders of the lab, or the path of one PLACE alone: cd "$(runner where labs)".

    `results` is where a run in this folder writes, `cache` has what was compiled, `settings` the
    key that signs results and the list of targets.
    """
    found = {name: path() for name, path in PLACES.items()}
    if place is None:
        rows = [(name, path or "none: set XDG_CONFIG_HOME") for name, path in found.items()]
        out(tabulate(rows, tablefmt="plain", disable_numparse=True))
        return Exit.OK
    path = found[place]
    if path is None:
        raise click.UsageError(f"this user has no home for {place}; set XDG_CONFIG_HOME")
    out(str(path))
    return Exit.OK
