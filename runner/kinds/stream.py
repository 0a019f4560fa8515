"""Paced frames to many listeners: how late they are, beside listeners that do not read."""

from __future__ import annotations

from runner.kinds.errors import LATE, LOST, WRONG
from runner.kinds.kind import Kind

STREAM = Kind(
    name="stream",
    about="listen to paced frames",
    axes=("listeners", "stalled"),
    tools=("fleet",),
    windowed=True,
    faults=(*WRONG, *LOST),
    silences=LATE,
)
