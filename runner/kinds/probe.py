"""A program that reports facts, each in one line, alone or as a server's only client."""

from __future__ import annotations

from runner.kinds.column import Column
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric

PROBE = Kind(
    name="probe",
    about="run a program that reports facts, alone or as a server's only client",
    subject="probe",
    tools=("probe",),
    seconds=1.0,
    metrics=(Metric("findings", "findings", "facts that the probe reported", can_be_zero=True),),
    columns=(Column("findings", "findings", "values"),),
    headline="{findings} findings",
)
