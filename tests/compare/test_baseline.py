"""`runner compare` and `runner baseline`, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runner.cli import cli
from runner.records.outcome import Outcome, Status
from runner.results import RunFolder, seal
from tests.compare.sides import around, environment, run
from tests.test_ci import commands

FAST = {"epoll": around(1e5), "poll": around(1e4)}


def folder(parent: Path, name: str, measurements: Sequence[Outcome], **host: str) -> Path:
    made = RunFolder(parent / name)
    made.path.mkdir()
    made.begin({"format": 2, "options": {}, **environment(**host)}, "version: 1\n")
    for measurement in measurements:
        made.append(measurement)
    return made.path


def runner(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], standalone_mode=False)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return folder(tmp_path, "old", run(FAST))


@pytest.mark.parametrize(
    ("epoll", "gate", "code"),
    [
        (around(1e5), "worse:5%", 0),
        (around(0.8e5), "worse:5%", 1),
        (around(0.8e5), "worse", 1),
        (around(0.8e5), "worse:40%", 0),
        (around(0.95e5, spread=0.2), "worse:5%", 4),
        (around(0.8e5), "changed", 0),
    ],
)
def test_a_gate_fails_only_on_what_is_sure(
    tmp_path: Path, old: Path, epoll: list[float], gate: str, code: int
) -> None:
    new = folder(tmp_path, "new", run({**FAST, "epoll": epoll}))
    done = runner("compare", old, new, "--fail-on", gate)
    assert done.exception is None
    assert done.return_value == code, done.output
    assert runner("compare", old, new).return_value == 0, "without a gate it only tells"


def test_a_committed_baseline_holds_on_another_machine(tmp_path: Path, old: Path) -> None:
    file = tmp_path / "baseline.json"
    assert runner("baseline", old, "-o", file).return_value == 0
    ratios = [value for cell in json.loads(file.read_text())["cells"]
              for values in cell["ratios"].values() for value in values]  # fmt: skip
    assert all(0.09 < ratio < 0.11 for ratio in ratios), "no absolute figure is in it"
    elsewhere = run({"epoll": around(3e4), "poll": around(3e3)}, server_cpus=[4], fleet_cpus=[5])
    same = folder(tmp_path, "same", elsewhere, kernel="9.9", cpu="another")
    done = runner("compare", file, same, "--fail-on", "worse:5%")
    assert (done.return_value, "same" in done.output) == (0, True), done.output
    slow = run({"epoll": around(3e4), "poll": around(2e3)}, server_cpus=[4], fleet_cpus=[5])
    worse = folder(tmp_path, "worse", slow, kernel="9.9", cpu="another")
    assert runner("compare", file, worse, "--fail-on", "worse:5%").return_value == 1
    refused = runner("compare", old, same)
    assert "kernel 6.1 against 9.9" in str(refused.exception)
    assert "--ratios" in str(refused.exception)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no baseline: it is no JSON"),
        ("{}", "is no baseline: format"),
        ('{"format": 2}', "is no baseline: format"),
        (
            json.dumps({"format": 1, "kind": "iolab-baseline", "about": {}, "engine": "process",
                        "references": {}, "cells": [{"experiment": "e", "cell": "c",
                        "conditions": {}, "ratios": {"rate": [-1]}}]}),
            "cells.0.ratios.rate.0",
        ),
        (
            json.dumps({"format": 1, "kind": "iolab-baseline", "about": {}, "engine": "process",
                        "references": {}, "cells": [{"experiment": "e", "cell": "c",
                        "conditions": {}, "ratios": {"raet": [1]}}]}),
            "raet is no metric",
        ),
    ],
)  # fmt: skip
def test_a_broken_baseline_is_one_clear_error(
    tmp_path: Path, old: Path, text: str, told: str
) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text)
    done = runner("compare", file, old)
    assert told in str(done.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--fail-on", "slower"), "type worse, worse:5% or changed"),
        (("--margin", "5"), "type a percentage"),
        (("--metric", "raet"), "raet"),
        (("--metric", "lag_p99"), "has a new name; did you mean 'send_lag_p99'"),
        (("-o", "jsn=x"), "did you mean 'json'"),
    ],
)
def test_bad_words_are_told_what_to_type(old: Path, words: Sequence[str], told: str) -> None:
    done = runner("compare", old, old, *words)
    assert told in str(done.exception)


def test_a_run_without_two_cells_has_no_ratio(tmp_path: Path) -> None:
    one = folder(tmp_path, "one", run({"epoll": around(1e5)}))
    done = runner("baseline", one, "-o", tmp_path / "b.json")
    assert "no experiment has two cells" in str(done.exception)
    assert not (tmp_path / "b.json").exists()


def test_a_comparison_goes_where_it_is_asked_for(
    tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    evil = [
        replace(m, status=Status.FAIL, reason="x\n::error::y ##[z] | <b>", metrics={})
        for m in run(FAST)
    ]
    new = folder(tmp_path, "new", evil)
    out = tmp_path / "c.md"
    done = runner("compare", old, new, "-o", f"markdown={out}", "-o", "json=-")
    document = json.loads(done.stdout)
    assert document["tally"]["worse"] == 2
    assert document["rows"][0]["why"].endswith("x\n::error::y ##[z] | <b>"), "data is exact"
    table = runner("compare", old, new).output
    for text in (done.output, table, out.read_text(), summary.read_text()):
        assert commands(text) == []
    assert "&lt;b&gt;" in out.read_text()
    assert summary.read_text().count(out.read_text()) == 2, "appended, each time"


def test_a_run_that_did_not_reach_its_end_is_named_in_every_report(tmp_path: Path) -> None:
    sides = [folder(tmp_path, name, run(FAST)) for name in ("old", "new")]
    for cut in ("old", "new"):
        for side in sides:
            seal(RunFolder(side), (), None, complete=side.name != cut)
        done = runner("compare", *sides, "-o", "json=-")
        assert done.exception is None
        noted = [note for note in json.loads(done.stdout)["notes"] if "end of its plan" in note]
        assert [note.split(" run ")[0] for note in noted] == [f"the {cut}"]
