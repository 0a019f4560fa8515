"""Servers that are not what they say: the classification must follow what they do."""

from __future__ import annotations

import pytest

from runner.engine.box import Program
from runner.engine.process import ProcessEngine
from runner.trace.classification import UNKNOWN, Classification
from tests.trace.servers import MUTANTS, look_at_each, named, pairs

Expected = tuple[str, str]
"""The model, and words that must stand in the reason where it is unknown."""

SEEN: dict[str, Expected] = {
    "select_is_poll": ("poll", ""),
    "select_once_then_poll": ("poll", ""),
    "select_and_poll": (UNKNOWN, "multiplexers is poll+select"),
    "epoll_copies_a_list": (UNKNOWN, "multiplexers is epoll+poll"),
    "epoll_by_the_byte": ("epoll", ""),
    "aio_reads_itself": ("signal-driven", ""),
    "naps_between_asking": (UNKNOWN, "blocks_in is pause"),
    "aecho_blocks": (UNKNOWN, "stalls is clock_nanosleep"),
}


def test_no_mutant_is_forgotten() -> None:
    assert {path.parent.name for path in MUTANTS.glob("*/server.*")} == set(SEEN)


def mutant(name: str) -> Program:
    folder = MUTANTS / name
    return Program("server", folder, "c" if (folder / "server.c").exists() else "python")


@pytest.mark.parametrize("mutants", pairs([mutant(name) for name in SEEN]), ids=named)
def test_a_mutant_is_seen_through(mutants: tuple[Program, ...], engine: ProcessEngine) -> None:
    for program, trace in zip(mutants, look_at_each(mutants, engine, watched=20), strict=True):
        name, found = program.folder.name, trace.classification
        model, unclear = SEEN[name]
        assert found.model == model, f"{name}: {found.because} {found.unclear}"
        assert unclear in found.unclear
        _as_said(name, found)
        border = trace.counts.syscall_bytes.per_event
        if name == "epoll_copies_a_list":
            assert border is not None
            assert border > 100  # epoll alone: one struct epoll_event
        if name == "epoll_by_the_byte":
            assert (trace.counts.copies_after_notification or 0) > 5  # a call a byte


def _as_said(name: str, found: Classification) -> None:
    """What a fake AIO cannot fake: the copy is its own."""
    if name == "aio_reads_itself":
        assert (found.notification_means, found.copied_by) == ("readiness", "application")
        assert found.synchrony == "synchronous"
