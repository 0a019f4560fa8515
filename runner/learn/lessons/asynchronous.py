"""Lesson 6: asynchronous I/O, by POSIX AIO and io_uring. What copies the bytes."""

from __future__ import annotations

from random import Random

from runner.learn.question import (
    Earlier,
    Lesson,
    Measured,
    Name,
    Order,
    Question,
    Told,
    Values,
    Written,
    labs_of,
    metric,
    told,
    traced,
)

_COPIERS = Name(("application", "helper", "kernel"))


def _lab(name: str) -> Values:
    return {"lab": name}


def _idle(draw: Random, _earlier: Earlier) -> Values:
    return {**_lab("posix_aio"), "idle": draw.randint(6, 12)}


def _idle_ring(draw: Random, _earlier: Earlier) -> Values:
    return {**_lab("io_uring"), "idle": draw.randint(2, 40)}


def _copied(variant: Values, measured: Measured) -> Told:
    del variant
    synchrony = measured.figures.get("synchrony", "unknown")
    return told(str(measured.value), synchrony=synchrony)


def _three(draw: Random, earlier: Earlier) -> Values:
    """With io_uring where this machine has it: the question before has shown that."""
    others = draw.sample(["epoll", "poll", "thread", "posix_aio", "sigio"], 3)
    ring = "io_uring" in {figures.get("lab") for figures in earlier.values()}
    labs = ["io_uring", *others[:2]] if ring else others
    draw.shuffle(labs)
    return {"labs": " ".join(labs), "active": draw.randint(4, 16)}


def _calls(variant: Values) -> Written:
    return {
        "measure": "calls",
        "server": {"lab": [*labs_of(variant)]},
        "fleet": {"active": variant["active"]},
        "limits": {"pids": 256},
    }


def _fewest(variant: Values, measured: Measured) -> Told:
    del variant
    names = ("least", "most", "least_value", "most_value")
    figures = {name: measured.figures[name] for name in names}
    first = {"io_uring": "ring", "thread": "thread"}.get(str(figures["least"]), "other")
    then = "aio" if figures["most"] == "posix_aio" else "rest"
    return Told(f"{first}+{then}", figures)


LESSON = Lesson(
    "asynchronous",
    ("labs/posix_aio/README.md", "labs/io_uring/README.md", "docs/axes.md"),
    (
        Question("aio-copies", _COPIERS, _idle, traced, metric("copied_by"), _copied),
        Question("ring-copies", _COPIERS, _idle_ring, traced, metric("copied_by"), _copied),
        Question(
            "async-order",
            Order("syscalls_per_request"),
            _three,
            _calls,
            metric("syscalls_per_request"),
            _fewest,
        ),
    ),
)
