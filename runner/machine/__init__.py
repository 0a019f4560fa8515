"""The machine under the measurement: what it is, and what else it did meanwhile.

`gather` is for a whole run, `moment` for one point of a trial, `disturbance` and `overheated` say
what happened between two of them. docs/environment.md explains every field.
"""

from __future__ import annotations

from runner.machine.host import gather, nofile_hard
from runner.machine.interference import Own, disturbance, overheated
from runner.machine.moment import Moment, moment
from runner.machine.quota import cpus as quota_cpus
from runner.machine.topology import lacks, usable_cpus
from runner.machine.wait_quiet import Patience

__all__ = [
    "Moment",
    "Own",
    "Patience",
    "disturbance",
    "gather",
    "lacks",
    "moment",
    "nofile_hard",
    "overheated",
    "quota_cpus",
    "usable_cpus",
]
