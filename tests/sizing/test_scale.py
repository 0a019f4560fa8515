"""`runner scale`: one real sample, and the command with samples that are known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from click.testing import CliRunner

from runner.cli import cli, scale
from runner.cli.subject import program_of
from runner.engine.box import EngineError
from runner.engine.process import ProcessEngine
from runner.measure import FLEET_PROGRAM
from runner.measure.sizes import RATE, Size, sample, sizes_within
from runner.sizing.sample import Sample
from tests.sizing import samples as known

HELD = 300


def test_a_sample_has_the_connections_and_the_requests() -> None:
    epoll = program_of("epoll", None)
    with closing(ProcessEngine()) as engine:
        assert not engine.prepare([epoll, FLEET_PROGRAM], lambda _: None)
        taken = sample(engine, epoll, Size(3, HELD))
    assert (taken.round, taken.connections) == (3, HELD)
    assert taken.requests == pytest.approx(RATE, rel=0.5)
    assert taken.generator_bytes > HELD * 16
    assert min(taken.server_opening_ns, taken.generator_opening_ns) > 0
    assert min(taken.server_ns, taken.generator_ns) > 0
    assert taken.segments >= 2 * taken.requests  # a request and its reply, acknowledged or not


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples of a host that is known, without measuring."""
    made: Iterator[Sample] = iter(known.samples(0.05))
    monkeypatch.setattr(scale, "sample", lambda *_: next(made))


@pytest.mark.usefixtures("instant")
def test_the_tables_name_what_decides() -> None:
    words = ["scale", "--sizes", "1000,4000,8000", "--engine", "process", "--quiet"]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.return_value == 0, done.output
    assert "1,000, 4,000, 8,000 connections in 5 rounds (99% intervals)" in done.stdout
    for count in ("1,000,000", "10,000,000", "100,000,000"):
        rows = [line for line in done.stdout.splitlines() if line.startswith(count)]
        assert ["as they are" in row or "all raised" in row for row in rows] == [True, True]
        assert "memory" in rows[1] or "CPU" in rows[1]
    assert "4,000 [" in done.stdout  # half of the kernel's bytes


@pytest.mark.usefixtures("instant")
def test_json_has_the_samples_and_what_was_made_of_them() -> None:
    words = ["scale", "--sizes", "1000,4000,8000", "--engine", "process", "--json", "-q"]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    data = json.loads(done.stdout)
    assert len(data["samples"]) == 15
    assert data["costs"]["server"]["kernel"]["each"]["estimate"] == pytest.approx(4000, rel=0.01)
    assert data["capacity"]["nofile"] >= 1024


def test_sizes_that_a_process_has_no_descriptors_for_are_left_out() -> None:
    assert sizes_within((1000, 4000, 8000), 4300) == (1000, 4000)
    with pytest.raises(EngineError, match="must be below 824; type --sizes"):
        sizes_within((800, 4000), 1024)


@pytest.mark.parametrize("typed", ["99", "1k,2k", "1000,,2000", "-5"])
def test_sizes_that_are_none_are_refused(typed: str) -> None:
    done = CliRunner().invoke(cli, ["scale", f"--sizes={typed}"])
    assert done.exit_code == 2
    assert "numbers of connections, 100 or more each" in done.output
