"""What is shown while something runs: figures before words, and nothing that was not measured."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from runner.cli.progress import bar, driven
from runner.records.fleet_output import FleetProgress

NAME = "models " + " | ".join(f"lab={lab} language=python idle=500" for lab in "abcdefghij")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_progress_keeps_its_figures_and_cuts_the_description(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    progress = bar(console)
    progress.add_task(NAME, total=295, completed=17)
    with console.capture() as captured:
        console.print(progress.get_renderable())
    lines = captured.get().splitlines()
    assert len(lines) == 1, "one line, however long the names are"
    assert " 17/295" in lines[0]
    assert "--:--" in lines[0], "the time left"
    assert "models lab=a" in lines[0][:width]
    assert "…" in lines[0]


def test_no_rate_is_shown_before_there_was_a_reply() -> None:
    begun = FleetProgress("connecting", 12_000)
    assert driven(begun) == "connecting: 12,000 connected"
    measured = FleetProgress("measuring", 12_000, rate=51_000.4, p99_ns=1_234_000)
    assert driven(measured) == "measuring: 12,000 connected, 51,000 req/s, p99 1,234 us"
    assert driven(replace(measured, p99_ns=0)).endswith("51,000 req/s")
