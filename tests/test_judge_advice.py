"""`runner validate` warns of expectations that may never be decided."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from runner.cli import cli
from runner.judge.advice import advice
from runner.spec import METRICS, load
from tests.conftest import MakeSuite

SPEC = """\
version: 1
experiments:
  - id: e
    title: t
    server: {lab: [poll, epoll]}
    expect:
      - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}
      - {ratio: memory_per_connection, of: {lab: epoll}, to: {lab: poll}, at_most: 1}
      - {metric: errors, of: {}, at_most: 0}
  - id: traced
    title: t
    measure: trace
    server: {lab: epoll}
    repeat: 1
    expect:
      - {metric: model, of: {}, equals: epoll}
      - {metric: idle_cpu, of: {}, at_most: 0.1}
"""


def test_a_ratio_of_what_can_be_zero_and_an_estimate_without_repeats_are_warned_of(
    tmp_path: Path,
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    done = CliRunner().invoke(cli, ["validate", str(spec)], standalone_mode=False)
    assert not done.exception
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 2
    assert ":8:9: experiments[0].expect[1]: memory_per_connection can be 0" in warnings[0]
    assert ":17:9: experiments[1].expect[1]: traced repeats a cell 3 times at most" in warnings[1]
    assert warnings[1].endswith("type max_repeat: 4 or more")
    assert "valid, experiments: 2" in done.stdout


def test_what_can_be_decided_is_not_warned_of(suite_of: MakeSuite) -> None:
    text = SPEC.removeprefix("version: 1\n").replace(
        "repeat: 1\n", "repeat: 1\n    max_repeat: 4\n"
    )
    suite = suite_of(text.replace("memory_per_connection", "p99"))
    assert list(advice(suite)) == []


def test_the_default_file_is_not_warned_of() -> None:
    assert list(advice(load("experiments.yaml"))) == []


def test_no_metric_that_a_good_server_keeps_above_zero_can_be_zero() -> None:
    assert METRICS["errors"].can_be_zero
    for name in ("rate", "p50", "p99", "cpu_per_request", "threads"):
        assert not METRICS[name].can_be_zero
