"""Lesson 8: aplay, one loop that keeps time for many listeners, and a listener that never reads."""

from __future__ import annotations

from random import Random

from runner.learn.question import (
    Earlier,
    Lesson,
    Measured,
    Number,
    Question,
    Told,
    Values,
    Written,
    metric,
    told,
)

_FULL = 0.9
"""The share of the frames that must arrive if a loop is said to keep time."""


def _listeners(draw: Random, _earlier: Earlier) -> Values:
    return {"listeners": draw.randrange(20, 240, 5), "stalled": 0}


def _stalled(draw: Random, earlier: Earlier) -> Values:
    """As many listeners as before, and one or more that never read."""
    before = earlier.get("aplay-rate", {}).get("listeners", 100)
    return {"listeners": before, "stalled": draw.randint(1, 3)}


def _stream(variant: Values) -> Written:
    return {
        "measure": "stream",
        "server": {"lab": "aplay", "language": "python"},
        "fleet": {"listeners": variant["listeners"], "stalled": variant["stalled"]},
        "limits": {"nofile": 1024},
        "repeat": 4,
        "max_repeat": 6,
        "warmup": "200ms",
        "duration": "500ms",
    }


def _once(variant: Values) -> Written:
    return {**_stream(variant), "repeat": 1, "max_repeat": 1}


def _rate(variant: Values, measured: Measured) -> Told:
    all_frames = float(measured.value) * float(variant["listeners"])
    late = float(measured.figures.get("late_frame_share", 0)) * 100
    case = "keeps" if float(measured.value) > 50 * _FULL else "behind"
    return told(case, all_frames=all_frames, late=late)


def _threads(variant: Values, measured: Measured) -> Told:
    del variant
    return told("one" if measured.value == 1 else "more")


def _late(variant: Values, measured: Measured) -> Told:
    del variant
    rate = measured.figures.get("frame_rate", "–")
    return told("kept" if float(measured.value) < 5 else "late", rate=rate)


LESSON = Lesson(
    "aplay",
    ("labs/aplay/README.md", "docs/backpressure.md"),
    (
        Question(
            "aplay-rate",
            Number(share=0.1, most=1e6),
            _listeners,
            _stream,
            metric("frame_rate"),
            _rate,
        ),
        Question(
            "aplay-threads",
            Number(),
            _listeners,
            _once,
            metric("threads"),
            _threads,
            timeless=True,
        ),
        Question(
            "aplay-late",
            Number(slack=5, scale=0.01, unit="%", most=100),
            _stalled,
            _stream,
            metric("late_frame_share"),
            _late,
        ),
    ),
)
