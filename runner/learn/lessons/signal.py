"""Lesson 3: a signal says that a descriptor is ready. What it means, and what is left to do."""

from __future__ import annotations

from random import Random

from runner.learn.question import (
    Earlier,
    Lesson,
    Measured,
    Name,
    Number,
    Question,
    Told,
    Values,
    called,
    metric,
    told,
    traced,
)


def _idle(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": "sigio", "idle": draw.randint(3, 40)}


def _named(variant: Values, measured: Measured) -> Told:
    del variant
    return told(str(measured.value))


def _active(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": "sigio", "active": draw.randint(2, 6)}


def _how_many(variant: Values, measured: Measured) -> Told:
    del variant
    by_name = measured.figures.get("calls_by_name", "–")
    return told("few" if float(measured.value) < 3.5 else "many", by_name=by_name)


LESSON = Lesson(
    "signal",
    ("labs/sigio/README.md", "docs/trace.md"),
    (
        Question(
            "signal-means",
            Name(("readiness", "completion", "nothing")),
            _idle,
            traced,
            metric("notification_means"),
            _named,
        ),
        Question(
            "signal-copies",
            Name(("application", "helper", "kernel")),
            _idle,
            traced,
            metric("copied_by"),
            _named,
        ),
        Question(
            "signal-calls",
            Number(share=0.25, slack=0.5, most=1e6),
            _active,
            called,
            metric("syscalls_per_request"),
            _how_many,
        ),
    ),
)
