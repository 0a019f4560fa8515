"""Records of trials as a line of `trials.jsonl` says them."""

from __future__ import annotations

from typing import Any

from runner.records.json_line import FORMAT, from_json
from runner.records.trial_record import TrialRecord

LINE: dict[str, Any] = {
    "format": FORMAT, "trial": "e#1", "experiment": "e", "cell": {}, "block": 0, "session": 1,
    "status": "OK", "reason": "", "metrics": {},
}  # fmt: skip
SAMPLE = dict.fromkeys(
    ("at_ns", "cpu_ns", "user_ns", "system_ns", "rss_bytes", "processes", "threads",
     "voluntary_switches", "involuntary_switches"), 0,
)  # fmt: skip
"""An accounting in which nothing has happened yet."""


def recorded(**said: Any) -> TrialRecord:
    """What is not said was not looked at."""
    return from_json({**LINE, "record": said}).record
