"""How many connections each server holds under each descriptor limit, and what stops it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.figures.dots import Dots, Row, Rows
from runner.figures.scale import Axis
from runner.judge.run import CellSummary
from runner.report.columns import status
from runner.report.drawn.naming import place_of, row_name
from runner.spec import Experiment, shown_value

NOTE = "beside each marker: how many it served at once, and the limit that stopped it"


def figure(experiment: Experiment, rows: Sequence[CellSummary]) -> Dots | None:
    limits = tuple(dict.fromkeys(limit for row in rows if (limit := row.text("limit"))))
    if not limits:
        return None
    groups = []
    for nofile in dict.fromkeys(row.cell.get("nofile") for row in rows):
        some = [row for row in rows if row.cell.get("nofile") == nofile]
        granted = place_of(some[0], "nofile")
        shown = "–" if nofile is None else shown_value("nofile", nofile)
        heading = f"descriptor limit {shown}"
        if shown == "max" and granted is not None:
            heading += f" = {granted:.0f}"
        groups.append(Rows(heading, tuple(_row(experiment, row, limits) for row in some)))
    axis = Axis("connections served at once")
    title = "Where each server stops, and what stops it"
    return Dots(title, axis, tuple(groups), limits, NOTE)


def _row(experiment: Experiment, row: CellSummary, limits: Sequence[str]) -> Row:
    name = row_name(experiment, row, ("nofile",))
    limit, served = row.text("limit"), row.median("served")
    if limit is None or not served:
        return Row(name, None, status(row), f"{name}: {status(row)}")
    beside = f"{row.text('served')} {limit}"
    fd = row.text("refused_fd")
    says = f"{name}: served {row.text('served')}, stopped by {limit}"
    says += f", first refused descriptor {fd}" if fd else ""
    return Row(name, served, beside, says, shape=limits.index(limit))
