"""What a CI system is given: bounded, at the right place, and nothing in it that a server says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from junitparser import JUnitXml

from runner.cli import ci, cli
from runner.judge import Decision, Verdict, verdicts
from runner.paths import ROOT
from runner.records.outcome import Outcome, Status
from runner.report import FORMATS, Run, actions
from tests.conftest import MakeSuite
from tests.reports import report

SUITE = """\
experiments:
  - id: e
    title: t
    server: {lab: [poll, epoll]}
    expect:
      - {metric: errors, of: {lab: epoll}, at_most: 0}
      - {metric: rate, of: {lab: epoll}, at_least: 1000000}
"""
EVIL = (
    "died:\n::error::pwned\n  ::add-mask::x\x1b[31m ##[group]a | <img src=x> [l](http://x) `c` @all"
)


@pytest.fixture
def run(suite_of: MakeSuite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    suite = suite_of(SUITE)
    measurements = [
        Outcome(f"e/{cell.name}#{block + 1}", cell, block, Status.OK, "",
                    {"errors": 0, "rate": 100.0 + block})
        for block in range(5)
        for cell in suite.experiments[0].cells()
    ]  # fmt: skip
    return Run("r1", {}, suite, measurements, verdicts(suite, measurements))


def with_status(run: Run, status: Status, reason: str = EVIL) -> Run:
    bad = [replace(m, status=status, reason=reason) for m in run.measurements]
    return replace(run, measurements=bad, verdicts=verdicts(run.suite, bad))


def titled(verdict: Verdict, title: str) -> Verdict:
    named = verdict.expectation.model_copy(update={"title": title})
    return replace(verdict, expectation=named)


def commands(text: str) -> list[str]:
    """As the runner of GitHub Actions looks for them."""
    return [
        line for line in re.split(r"[\r\n\u2028]", text)
        if line.lstrip().startswith("::") or "##[" in line
    ]  # fmt: skip


@pytest.mark.parametrize("style", sorted(FORMATS))
@pytest.mark.parametrize("status", [Status.FAIL, Status.ERROR, Status.SKIP])
def test_no_report_holds_a_command_that_a_server_wrote(
    run: Run, style: str, status: Status
) -> None:
    assert commands(EVIL), "else this test would prove nothing"
    text = report(style, with_status(run, status))
    assert commands(text) == []
    assert "pwned" in text, "it is told all the same"
    if style == "json":
        assert json.loads(text)["trials"][0]["reason"] == EVIL, "data is exact"


def test_in_markdown_foreign_text_shows_as_itself(run: Run) -> None:
    text = report(
        "markdown", with_status(run, Status.FAIL, "<img src=x> [l](http://x) `c` a|b @all")
    )
    for armed in ("<img", "[l](", "`c`", "a|b", "@all"):
        assert armed not in text
    assert "&lt;img src=x&gt; \\[l\\](http://x)" in text


@pytest.mark.parametrize(
    ("status", "kind"),
    [(Status.FAIL, "error"), (Status.ERROR, "error"), (Status.INVALID, "warning"),
     (Status.SKIP, "notice")],
)  # fmt: skip
def test_each_outcome_is_annotated_once_at_its_line(run: Run, status: Status, kind: str) -> None:
    """The suite was written to experiments.yaml: its expectations are on lines 7 and 8."""
    relative = replace(with_status(run, status))
    lines = actions.annotation_lines(relative)
    assert len(lines) == 3, "two expectations, and the cell that none speaks of"
    for line in lines:
        assert line.startswith(f"::{kind} ")
        assert "\n" not in line
        assert "##[" not in line
    assert actions.annotation_lines(run)[0].startswith("::error ")
    assert len(actions.annotation_lines(run)) == 1, "PASS is not annotated"


def test_an_annotation_names_the_file_and_line_inside_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    from runner.spec import load

    monkeypatch.chdir(tmp_path)
    inside = replace(run, suite=load("experiments.yaml"))
    (line,) = actions.annotation_lines(inside)
    assert line.startswith("::error file=experiments.yaml,line=8,title=e%3A FAIL::rate of epoll: ")
    (outside,) = actions.annotation_lines(run)
    assert outside.startswith("::error title="), "no path of this machine is told"


def test_ten_of_a_kind_are_annotated_and_the_rest_is_counted(run: Run) -> None:
    failed = next(v for v in run.verdicts if v.outcome is Decision.FAIL)
    many = replace(run, verdicts=[titled(failed, f"n{n}") for n in range(25)])
    lines = actions.annotation_lines(many)
    assert len(lines) == 10
    assert "and 16 more" in lines[-1]


@pytest.mark.parametrize("taken", [0, 900_000, (1 << 20) - 3_000, 1 << 20, 5 << 20])
def test_the_summary_never_outgrows_what_is_taken(run: Run, taken: int) -> None:
    failed = next(v for v in run.verdicts if v.outcome is Decision.FAIL)
    passed = next(v for v in run.verdicts if v.outcome is Decision.PASS)
    many = replace(run, verdicts=[passed] * 3000 + [failed] * 3000)
    text = actions.step_summary(many, taken)
    assert len(text.encode()) <= min(actions.OWN_BYTES, max(0, (1 << 20) - taken))
    if text:
        assert text.startswith("## r1: 10 trials, verdicts: 3000 FAIL, 3000 PASS")
        assert "does not fit here" in text
        rows = [line for line in text.splitlines() if line.startswith(("| FAIL", "| PASS"))]
        assert rows[0].startswith("| FAIL"), "what failed comes first"


def test_the_summary_is_appended(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "summary.md"
    file.write_text("# of an earlier command\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ci.publish(run)
    text = file.read_text()
    assert text.startswith("# of an earlier command\n## r1: ")
    assert "| FAIL " in text
    out, err = capsys.readouterr()
    assert out == "", "stdout may be data"
    assert err.splitlines() == actions.annotation_lines(run)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "such" / "place"))
    ci.publish(run)
    assert "cannot write the step summary" in capsys.readouterr().err


def test_without_a_ci_system_nothing_is_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    ci.publish(run)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("status", "counts"),
    [(Status.FAIL, (3, 0, 0)), (Status.ERROR, (0, 3, 0)), (Status.INVALID, (0, 3, 0)),
     (Status.SKIP, (0, 0, 3))],
)  # fmt: skip
def test_junit_knows_the_cell_that_no_expectation_speaks_of(
    run: Run, status: Status, counts: tuple[int, int, int]
) -> None:
    found = JUnitXml.fromstring(report("junit", with_status(run, status)).encode())
    assert (found.failures, found.errors, found.skipped) == counts
    sound = JUnitXml.fromstring(report("junit", run).encode())
    assert (sound.tests, sound.failures, sound.errors, sound.skipped) == (2, 1, 0, 0)


def test_the_workflow_that_the_docs_write_out_is_one_and_its_commands_are_taken() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (block,) = [each for each in blocks if "make setup" in each]
    (job,) = yaml.safe_load(block)["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    typed = re.findall(r"\.venv/bin/runner (\w+)((?: --[a-z-]+)*)", "\n".join(runs))
    assert [command for command, _ in typed] == ["doctor", "run", "compare"]
    for command in {command for command, _ in typed}:
        told = CliRunner().invoke(cli, [command, "--help"]).output
        for option in re.findall(rf"runner {command}\b.*?(--[a-z-]+)", "\n".join(runs)):
            assert option in told
