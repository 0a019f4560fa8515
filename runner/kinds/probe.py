"""A program that reports facts, each in one line, alone or as a server's only client."""

from __future__ import annotations

from runner.kinds.kind import Kind

PROBE = Kind(
    name="probe",
    about="run a program that reports facts, alone or as a server's only client",
    subject="probe",
    tools=("probe",),
    seconds=1.0,
)
