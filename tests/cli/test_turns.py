"""`interleave`: cells that are compared run at the same time, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.records import fleet_output
from runner.results import RunFolder
from tests.cli.test_run import ENGINES, runner

TURNS = """\
version: 1
defaults: {repeat: 2, warmup: 20ms, duration: 200ms, disturbance: 100%}
experiments:
  - id: duel
    title: Is epoll as quick as poll, from one moment to the next?
    interleave: 20ms
    server: {lab: [poll, epoll]}
    fleet: {active: 4}
    limits: {nofile: 256}
    expect:
      - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.01}
"""


@pytest.mark.alone  # it measures
@pytest.mark.parametrize("engine", ENGINES)
def test_compared_cells_run_at_the_same_time_in_turns(tmp_path: Path, engine: str) -> None:
    (tmp_path / "turns.yaml").write_text(TURNS, encoding="utf-8")
    planned = runner("run", "turns.yaml", "--dry-run", cwd=tmp_path)
    assert "duel: compared cells are interleaved, with turns of 20ms" in planned.stdout
    done = runner("run", "turns.yaml", "--engine", engine, "--repeat", "2", cwd=tmp_path)
    assert "Traceback" not in done.stderr
    (folder,) = (tmp_path / "results").glob("2*")
    found = RunFolder(folder).measurements()
    last = {measurement.trial: measurement for measurement in found}
    assert len(last) == 4
    for block in (0, 1):
        one, other = (m for m in last.values() if m.block == block)
        assert (one.record.began or 0) < (other.record.ended or 0)
        assert (other.record.began or 0) < (one.record.ended or 0)
        for measurement in (one, other):
            (told,) = measurement.record.fleets or ()
            assert fleet_output.result(told).turns.span_ns > 1.2 * 200_000_000
            assert measurement.record.asked.turns == 2
            assert float(measurement.metrics["server_cpu"]) <= 1.1, "of its own turns"
            assert float(measurement.metrics["errors"]) == 0
