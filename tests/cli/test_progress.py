"""What is shown while something runs: figures before words, and nothing that was not measured."""

from __future__ import annotations

import io
import threading
from dataclasses import replace

import pytest
from rich.console import Console

from runner.cli.progress import Display, bar, driven, spark
from runner.plan import Host, Trial, expand
from runner.records.fleet_output import FleetProgress
from tests.conftest import MakeSuite

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


def test_a_sparkline_shows_the_last_values_from_zero() -> None:
    assert spark([0.0, 50.0, 100.0]) == "▁▅█"
    assert spark([100.0]) == "", "one value is no line"
    assert spark([]) == spark([0.0, 0.0]) == ""
    assert len(spark([1.0] * 100)) == 12


class Screen(io.StringIO):
    """A terminal that counts how often it is written to."""

    drawn = 0

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.drawn += 1
        return super().write(text)


def test_nothing_is_drawn_within_a_timed_window(
    monkeypatch: pytest.MonkeyPatch, suite_of: MakeSuite
) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    trial = a_trial(suite_of)
    with Display(3, lambda _trials, _aside: None, quiet=False) as display:
        display.started([trial])
        display.event(FleetProgress("connecting", 10))
        before = screen.drawn
        assert before
        display.event(FleetProgress("warmup", 10, rate=1.0))
        assert screen.drawn > before, "before the window it is drawn"
        before = screen.drawn
        for _ in range(5):
            display.event(FleetProgress("measuring", 10, rate=5e4))
        threads = [thread for thread in threading.enumerate() if "Refresh" in type(thread).__name__]
        assert not threads, "and no thread draws by itself"
        assert screen.drawn == before


def a_trial(suite_of: MakeSuite) -> Trial:
    spec = "experiments: [{id: e, title: t, server: {lab: epoll}}]"
    return expand(suite_of(spec), Host(20_000, (0, 1))).trials[0]
