"""A trace in a trial's record: what is written to disk, and read again."""

from __future__ import annotations

import json

from runner.records.json_line import from_json, line_of
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.spec import Cell
from runner.trace import recorded
from tests.trace.scripted import BEGAN, MS, call, scripted
from tests.trace.test_evidence import ALL, by_epoll


def test_calls_that_were_refused_are_counted_by_name_in_the_record() -> None:
    """A container of Docker refuses clone3, so that threads are made by clone."""
    refused = call(
        BEGAN - 700 * MS, "clone3({flags=CLONE_VM}, 88) = -1 ENOSYS (Function not implemented)"
    )
    kept = recorded(scripted(by_epoll, [*ALL, refused]))
    outcome = Outcome("e/x#1", Cell("e", ()), 0, Status.OK, record=TrialRecord(trace=kept))
    read = from_json(json.loads(line_of(outcome))).record.trace
    assert read is not None
    assert read.classification is not None
    assert read.classification.refused == {"clone3": 1}
