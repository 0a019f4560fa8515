"""`runner where`: the folders of the lab, in a checkout or as they were installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from tabulate import tabulate

from runner.cli.exit_codes import Exit
from runner.cli.terminal import out
from runner.paths import CACHE, IMAGES, LABS, SCHEMA, SPEC

PLACES: Mapping[str, Path] = {
    "labs": LABS,
    "images": IMAGES,
    "schema": SCHEMA,
    "spec": SPEC,
    "cache": CACHE,
}


@click.command()
@click.argument("place", type=click.Choice(tuple(PLACES)), required=False)
def where(place: str | None) -> int:
    """Prints the folders of the lab, or the path of one PLACE alone: cd "$(runner where labs)"."""
    if place is not None:
        out(str(PLACES[place]))
        return Exit.OK
    out(tabulate(PLACES.items(), tablefmt="plain", disable_numparse=True))
    return Exit.OK
