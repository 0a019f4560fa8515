"""The machine under the measurement: what it is, and what else it did meanwhile.

`gather` is for a whole run, `moment` for one point of a trial, `disturbance` and `overheated` say
what happened between two of them. docs/environment.md explains every field.
"""

from __future__ import annotations

from runner.environment.calm import Patience
from runner.environment.drift import Own, disturbance, overheated
from runner.environment.host import gather, nofile_hard
from runner.environment.moment import Moment, moment
from runner.environment.topology import lacks, usable_cpus

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
    "usable_cpus",
]
