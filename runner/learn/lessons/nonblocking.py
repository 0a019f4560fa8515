"""Lesson 2: the call that reads returns at once. What asking again and again costs, and why it is
still synchronous."""

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

_MULTIPLEXERS = ("select", "poll", "epoll")


def _silence(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": "nonblocking", "idle": draw.randint(5, 60)}


def _where(variant: Values, measured: Measured) -> Told:
    del variant
    asleep = 100 * float(measured.figures.get("wait_blocked_share", 0))
    return told("nowhere" if measured.value == "nowhere" else "other", asleep=asleep)


def _crowd(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": "nonblocking", "active": draw.randint(2, 5), "idle": draw.randint(10, 90)}


def _other_crowd(draw: Random, earlier: Earlier) -> Values:
    """The same clients for another server: of the other kind, as far as the first one was seen."""
    before = earlier.get("nonblocking-calls", {})
    many = before.get("case", "many") == "many"
    return {
        "lab": draw.choice(_MULTIPLEXERS) if many else "nonblocking",
        "active": before.get("active", 4),
        "idle": before.get("idle", 50),
    }


def _how_many(variant: Values, measured: Measured) -> Told:
    clients = float(variant["active"]) + float(variant["idle"])
    names = str(measured.figures.get("calls_by_name", "–"))
    many = float(measured.value) > 5
    return told("many" if many else "few", clients=clients, by_name=names)


def _model(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": draw.choice(["nonblocking", "nonblocking", "poll", "epoll"]), "idle": 10}


def _synchrony(variant: Values, measured: Measured) -> Told:
    del variant
    return told(str(measured.value), copied_by=measured.figures.get("copied_by", "unknown"))


_COUNT = Number(share=0.35, slack=1, most=1e6)
LESSON = Lesson(
    "nonblocking",
    ("labs/nonblocking/README.md", "docs/axes.md"),
    (
        Question(
            "nonblocking-sleeps",
            Name(("read", "poll", "pause", "nowhere")),
            _silence,
            traced,
            metric("blocks_in"),
            _where,
        ),
        Question(
            "nonblocking-calls",
            _COUNT,
            _crowd,
            called,
            metric("syscalls_per_request"),
            _how_many,
        ),
        Question(
            "nonblocking-other",
            _COUNT,
            _other_crowd,
            called,
            metric("syscalls_per_request"),
            _how_many,
        ),
        Question(
            "nonblocking-synchrony",
            Name(("synchronous", "asynchronous")),
            _model,
            traced,
            metric("synchrony"),
            _synchrony,
        ),
    ),
)
