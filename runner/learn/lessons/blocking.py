"""Lesson 1: the call that reads waits. One client at a time, or a thread for each."""

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
    Written,
    metric,
    told,
    traced,
)

_EACH = ("thread", "fork")
"""The labs that give each client a thread or a process."""


def _served(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": draw.choice(["blocking", "blocking", *_EACH]), "clients": draw.randint(3, 9)}


def _connected(variant: Values) -> Written:
    """Each client sends one request and stays: a busy machine changes none of its counts."""
    return {
        "measure": "ceiling",
        "server": {"lab": variant["lab"]},
        "fleet": {"connections": variant["clients"]},
        "limits": {"pids": 512},
    }


def _how_many(variant: Values, measured: Measured) -> Told:
    served = float(measured.value)
    if served >= float(variant["clients"]):
        return told("all")
    return told("one" if served == 1 else "some", waiting=float(variant["clients"]) - served)


def _other_lab(draw: Random, earlier: Earlier) -> Values:
    """The lesson has seen one kind of server: this asks for the other kind."""
    one = earlier.get("blocking-served", {}).get("lab", "blocking") == "blocking"
    return {"lab": draw.choice(_EACH) if one else "blocking"}


def _where(variant: Values, measured: Measured) -> Told:
    del variant
    return told("read" if measured.value == "read" else "other")


def _crowd(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": draw.choice(_EACH), "clients": draw.randint(20, 150)}


def _threads(variant: Values, measured: Measured) -> Told:
    extra = float(measured.value) - float(variant["clients"])
    return told("each" if extra == 1 else "other", extra=extra)


LESSON = Lesson(
    "blocking",
    ("labs/blocking/README.md", "labs/thread/README.md", "docs/axes.md"),
    (
        Question(
            "blocking-served",
            Number(),
            _served,
            _connected,
            metric("served"),
            _how_many,
        ),
        Question(
            "blocking-sleeps",
            Name(("accept", "read", "poll", "nowhere")),
            _other_lab,
            traced,
            metric("blocks_in"),
            _where,
        ),
        Question(
            "blocking-threads",
            Number(),
            _crowd,
            _connected,
            metric("threads"),
            _threads,
        ),
    ),
)
