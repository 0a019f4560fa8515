"""Lesson 7: coroutines over a multiplexer, as in aecho. What the kernel sees, and what one blocking
call costs."""

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

_BLOCKING, _YIELDING = "time.sleep", ("asyncio.sleep", "to_thread(time.sleep)")


def _crowd(draw: Random, _earlier: Earlier) -> Values:
    return {"clients": draw.randint(25, 330)}


def _connected(variant: Values) -> Written:
    return {
        "measure": "ceiling",
        "server": {"lab": "aecho", "language": "python"},
        "fleet": {"connections": variant["clients"]},
        "limits": {"nofile": 1024},
    }


def _threads(variant: Values, measured: Measured) -> Told:
    del variant
    return told("one" if measured.value == 1 else "more")


def _trace(variant: Values) -> Written:
    server = {"lab": "aecho", "language": "python"}
    return {"measure": "trace", "server": server, "fleet": {"idle": variant["idle"]}}


def _where(variant: Values, measured: Measured) -> Told:
    del variant
    model = measured.figures.get("model", "unknown")
    coroutines = measured.figures.get("coroutines", "–")
    case = "epoll" if measured.value == "epoll" else "other"
    return told(case, model=model, coroutines=coroutines)


def _call(draw: Random, _earlier: Earlier) -> Values:
    return {
        "call": draw.choice([_BLOCKING, _BLOCKING, *_YIELDING]),
        "length": draw.randrange(60, 300, 10),
    }


def _other_call(draw: Random, earlier: Earlier) -> Values:
    """The repair of what stopped the other client, or what would have stopped it."""
    before = earlier.get("coroutine-wait", {})
    stopped = before.get("case", "stopped") == "stopped"
    call = draw.choice(_YIELDING) if stopped else _BLOCKING
    length = before.get("length", 100)
    return {"call": call, "length": length, "as": "repaired" if stopped else "broken"}


def _probe(variant: Values) -> Written:
    args = [f"length={variant['length']}", f"call={variant['call']}"]
    probe = {"name": "blocking_call", "language": "python", "args": args}
    return {"measure": "probe", "probe": probe, "repeat": 4, "max_repeat": 6}


def _waits(variant: Values) -> Written:
    return {"finding": "b_longest_wait_ns", "where": {"call": variant["call"]}}


def _waited(variant: Values, measured: Measured) -> Told:
    stopped = float(measured.value) > float(variant["length"]) / 2
    replies = measured.figures.get("0.b_replies", "–")
    return told("stopped" if stopped else "served", replies=replies)


_MS = Number(share=0.25, slack=5, scale=1e6, unit="ms", most=1e6)
LESSON = Lesson(
    "coroutines",
    ("labs/aecho/README.md", "docs/blocking-call.md", "docs/axes.md"),
    (
        Question("aecho-threads", Number(), _crowd, _connected, metric("threads"), _threads),
        Question(
            "aecho-sleeps",
            Name(("read", "epoll", "pause", "nowhere")),
            lambda draw, _earlier: {"idle": draw.randint(5, 60)},
            _trace,
            metric("blocks_in"),
            _where,
        ),
        Question("coroutine-wait", _MS, _call, _probe, _waits, _waited),
        Question("coroutine-other", _MS, _other_call, _probe, _waits, _waited),
    ),
)
