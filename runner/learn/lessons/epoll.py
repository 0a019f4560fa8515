"""Lesson 5: epoll. How much faster it is, and when; level- and edge-triggered."""

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
)

_DIFFERENT = 1.25
"""Ratios nearer to 1 than this count as equal here."""


def _idle(draw: Random, _earlier: Earlier) -> Values:
    return {"idle": draw.choice([0, *range(1000, 8001, 500), *range(1000, 8001, 500)])}


def _other_idle(draw: Random, earlier: Earlier) -> Values:
    """From many idle connections to none, and the other way round."""
    faster = earlier.get("epoll-ratio", {}).get("case", "faster") == "faster"
    if faster:
        return {"idle": draw.randrange(0, 40, 10), "as": "fewer"}
    return {"idle": draw.randrange(3000, 8001, 500), "as": "more"}


def _duel(variant: Values) -> Written:
    return {
        "server": {"lab": ["poll", "epoll"]},
        "fleet": {"active": 50, "idle": variant["idle"]},
        "limits": {"nofile": "max"},
        "interleave": "50ms",
        "repeat": 4,
        "max_repeat": 6,
        "warmup": "100ms",
        "duration": "250ms",
    }


def _rates(_variant: Values) -> Written:
    return {"ratio": "rate", "of": {"lab": "epoll"}, "to": {"lab": "poll"}}


def _faster(variant: Values, measured: Measured) -> Told:
    del variant
    ratio = float(measured.value)
    if ratio >= _DIFFERENT:
        return told("faster")
    return told("slower", times=1 / ratio) if ratio <= 1 / _DIFFERENT else told("alike")


def _trigger(draw: Random, _earlier: Earlier) -> Values:
    return {"trigger": draw.choice(["edge", "edge", "level"])}


def _probe(_variant: Values) -> Written:
    return {"measure": "probe", "probe": {"name": "notification"}}


def _rest(variant: Values) -> Written:
    return {"finding": "rest", "where": {"trigger": variant["trigger"]}}


def _reported(variant: Values, measured: Measured) -> Told:
    return told(f"{variant['trigger']}_{measured.value}".replace(" ", "_"))


def _watched(draw: Random, _earlier: Earlier) -> Values:
    return {"idle": draw.randrange(60, 300, 5)}


def _trace(variant: Values) -> Written:
    return {"measure": "trace", "server": {"lab": "epoll"}, "fleet": {"idle": variant["idle"]}}


def _bytes(variant: Values, measured: Measured) -> Told:
    few = float(measured.value) < float(variant["idle"])
    return told("constant" if few else "grows")


_RATIO = Number(share=0.25, unit="×", most=1e6)
LESSON = Lesson(
    "epoll",
    ("labs/epoll/README.md", "labs/epoll_et/README.md", "docs/notifications.md"),
    (
        Question("epoll-ratio", _RATIO, _idle, _duel, _rates, _faster),
        Question("epoll-other", _RATIO, _other_idle, _duel, _rates, _faster),
        Question(
            "epoll-rest",
            Name(("reported", "not reported")),
            _trigger,
            _probe,
            _rest,
            _reported,
        ),
        Question(
            "epoll-bytes",
            Number(share=0.25, slack=8, unit="B", written="B"),
            _watched,
            _trace,
            metric("syscall_bytes_per_event"),
            _bytes,
        ),
    ),
)
