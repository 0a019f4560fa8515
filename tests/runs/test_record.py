"""A record is its own format: no plan, and no field that is added later, changes what it says."""

from __future__ import annotations

import json
from dataclasses import field, fields, make_dataclass
from pathlib import Path

import pytest

from runner.measure.asked import asked
from runner.plan import Host, expand
from runner.records.asked import Asked, Drive, conditions, different
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import (
    Granted,
    Limits,
    Placement,
    Timeline,
    Traced,
    TrialRecord,
)
from runner.results import upgrade
from runner.spec import Cell
from tests.conftest import MakeSuite
from tests.recorded import LINE, SAMPLE, recorded

LOAD = "experiments: [{id: e, title: t, server: {lab: epoll}, fleet: {active: 5}}]"
ON_DISK = """\
experiment block root seed measure args language nofile memory pids deny idle active drive listeners
stalled connections fleets hosts sources warmup_ns duration_ns timeout_ns server_cpus fleet_cpus
looks disturbance turn turns slot_ns lab probe flags given"""
DRIVE_ON_DISK = """\
payload rate arrivals pipeline think requests_per_connection churn slow_readers slow_writers
first_crowd ramp close send reply"""


def written(record: TrialRecord) -> TrialRecord:
    """As it is after it was on disk."""
    measured = Outcome("e#1", Cell("e", ()), 0, Status.OK, record=record)
    return from_json(json.loads(json.dumps(to_json(measured)))).record


@pytest.mark.parametrize(
    "record",
    [
        TrialRecord(),
        TrialRecord(final=True, began=1.5, ended=2.5, traceback="Traceback\n x"),
        TrialRecord(
            granted=Granted(server=Limits(256, 512), fleet=Limits(1024, 1024)),
            isolation=(),
            placement=Placement((0,), (1,), shared=False, pinned="", path="loopback"),
            moments={"before": {"load": 1.5}},
            settled=False,
            usage=(),
            refusals=(("EMFILE", 256),),
            connected=({"idle": 1, "own_limit": None},),
            fleets=({"stopped_by": None},),
            disturbed="",
            contract=(),
            notes=("a note",),
        ),
        TrialRecord(
            placement=Placement((0,), probe=()),
            findings=({"a": 1, "b": 1.0, "c": "x", "d": True},),
            samples={},
        ),
        TrialRecord(trace=Traced(timeline=Timeline(total_ns=3), look={"hides": ""}, switches=2)),
    ],
    ids=["skipped", "failed", "driven", "probed", "traced"],
)
def test_what_is_written_is_read_back_and_what_is_not_known_stays_unknown(
    record: TrialRecord,
) -> None:
    assert written(record) == record


@pytest.mark.parametrize(
    "said",
    [
        {"disturbed": None, "contract": [], "notes": [], "settled": True},
        {"placement": {"server": [0], "fleet": [1], "shared": True, "pinned": None, "path": "p"}},
        {"placement": {"server": [0], "probe": []}, "findings": [], "samples": {"a": SAMPLE}},
    ],
)
def test_a_record_of_format_2_is_written_again_as_it_was(said: dict[str, object]) -> None:
    line = {**LINE, "record": said}
    again = to_json(from_json(line))["record"]
    del again["asked"]
    samples = again.get("samples", {})
    for sample in samples.values():
        assert (sample.pop("wait_ns"), sample.pop("descriptors")) == (0, 0)
    assert json.loads(json.dumps(again)) == said


def test_the_fields_on_disk_are_listed_and_are_not_those_of_the_plan(suite_of: MakeSuite) -> None:
    """Who renames a field here changes the format, and every comparison with an older run."""
    (trial, *_) = expand(suite_of(LOAD), Host(4096, (0, 1))).trials
    said = to_json(Outcome(trial.id, trial.cell, 0, Status.OK, record=TrialRecord(asked(trial))))[
        "record"
    ]["asked"]
    assert list(said) == ON_DISK.split()
    assert list(said["drive"]) == DRIVE_ON_DISK.split()
    assert (said["lab"], said["active"], said["drive"]["payload"]) == ("epoll", 5, 64)


def test_every_field_says_whether_it_compares() -> None:
    for each in (*fields(Asked), *fields(Drive)):
        assert isinstance(each.metadata["compares"], bool), each.name


def test_a_new_field_changes_no_old_comparison() -> None:
    """A runner of tomorrow asks for TLS: what it measures without is as what was measured today."""
    newer = make_dataclass(
        "Newer",
        [
            ("tls", str, field(default="off", metadata={"compares": True})),
            ("colour", str, field(default="", metadata={"compares": False})),
        ],
        bases=(Asked,),
        frozen=True,
        slots=True,
    )
    old = conditions(Asked(measure="load", idle=5))
    same = conditions(newer(measure="load", idle=5, tls="off", colour="red"))
    assert different(old, same, newer()) == {}
    assert different(same, old, newer()) == {}
    other = conditions(newer(measure="load", idle=5, tls="on"))
    assert different(old, other, newer()) == {"tls": ("off", "on")}


def test_what_older_runners_did_not_ask_was_what_it_is_without() -> None:
    """The first runs kept the payload beside the rest, and knew only the closed loop."""
    first = {**LINE, "record": {"asked": {"measure": "load", "payload": 64}}}
    old = conditions(from_json(upgrade.trial(first)).record.asked)
    today = conditions(recorded(asked={"measure": "load", "drive": {"payload": 64}}).asked)
    assert different(old, today) == {}
    piped = conditions(Asked(measure="load", drive=Drive(payload=64, pipeline=4)))
    assert different(old, piped) == {"pipeline": (1, 4)}
    assert different({"measure": "load", "payload": 64}, piped) == {"pipeline": (1, 4)}


def test_a_run_of_format_1_has_all_that_it_said() -> None:
    text = Path(__file__).with_name("format1").joinpath("trials.jsonl").read_text(encoding="utf-8")
    record = from_json(upgrade.trial(json.loads(text.splitlines()[2]))).record
    assert (record.asked.measure, record.asked.drive.payload) == ("load", 64)
    assert record.granted.measured == 256
    assert record.placement == Placement((0,), (1,))
    assert [usage.descriptors for usage in record.usage or ()] == [0] * 4
    assert record.disturbed is None, "nobody looked"
