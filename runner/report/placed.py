"""Which host of a cluster measured which rows of a table, where several did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runner.judge.run import CellSummary, Run
from runner.plural import number_of

NAMED = 4
"""Cells that are named of a host; the others are counted."""


def hosts_of(rows: Iterable[CellSummary]) -> dict[str, list[CellSummary]]:
    """By the name of each host, the cells that it measured."""
    found: dict[str, list[CellSummary]] = {}
    for row in rows:
        for name in dict.fromkeys(m.host for m in row.measurements if m.host is not None):
            found.setdefault(name, []).append(row)
    return found


def placed(rows: Sequence[CellSummary]) -> list[str]:
    """A line where the rows are of several hosts."""
    hosts = hosts_of(rows)
    if len(hosts) < 2:
        return []
    said = "; ".join(f"{name} measured {_cells(own)}" for name, own in hosts.items())
    return [f"{said}. Figures of two hosts are of two machines: do not compare them"]


def crowd(run: Run) -> str:
    """How many hosts measured the run, and their names; empty where one machine did."""
    hosts = hosts_of(CellSummary(m.cell, (m,)) for m in run.measurements)
    return f"{number_of(len(hosts), 'host')} ({', '.join(sorted(hosts))})" if hosts else ""


def _cells(rows: Sequence[CellSummary]) -> str:
    names = [row.cell.name for row in rows[:NAMED]]
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return ", ".join(names) + more
