"""Lesson 4: select and poll. Where select stops, what stops it, and what a call copies."""

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


def _few(draw: Random) -> int:
    return draw.randrange(150, 1000, 10)


def _many(draw: Random) -> int:
    return draw.randrange(1300, 4000, 50)


def _limit(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": "select", "nofile": draw.choice([_few, _many])(draw)}


def _ceiling(variant: Values) -> Written:
    return {
        "measure": "ceiling",
        "server": {"lab": variant["lab"]},
        "fleet": {"connections": 5000},
        "limits": {"nofile": variant["nofile"]},
    }


def _served(variant: Values, measured: Measured) -> Told:
    limit = str(measured.figures.get("limit", "none"))
    own = float(variant["nofile"]) - float(measured.value)
    refused = measured.figures.get("refused_fd", "–")
    return told(limit if limit in ("EMFILE", "FD_SETSIZE") else "other", limit=limit, own=own,
                refused=refused)  # fmt: skip


def _then(draw: Random, earlier: Earlier) -> Values:
    """The limit moves to the other side of 1024."""
    before = earlier.get("select-served", {})
    raised = before.get("case", "EMFILE") == "EMFILE"
    if raised:
        lab = draw.choice(["select", "select", "poll"])
        return {"lab": lab, "nofile": _many(draw), "as": "raised"}
    return {"lab": "select", "nofile": _few(draw), "as": "lowered"}


def _stopped(variant: Values, measured: Measured) -> Told:
    served = measured.figures.get("served", "–")
    refused = measured.figures.get("refused_fd", "–")
    case = f"{variant['lab']}_{measured.value}"
    known = ("select_EMFILE", "select_FD_SETSIZE", "poll_EMFILE")
    return told(case if case in known else "other", served=served, refused=refused)


def _watched(draw: Random, _earlier: Earlier) -> Values:
    return {"lab": draw.choice(["poll", "poll", "select"]), "idle": draw.randrange(60, 300, 5)}


def _bytes(variant: Values, measured: Measured) -> Told:
    each = float(measured.value) / float(variant["idle"])
    return told(str(variant["lab"]), each=each, bits=each * 8)


LESSON = Lesson(
    "multiplexing",
    ("labs/select/README.md", "labs/poll/README.md", "docs/probes.md"),
    (
        Question(
            "select-served",
            Number(slack=12, most=1e7),
            _limit,
            _ceiling,
            metric("served"),
            _served,
        ),
        Question(
            "select-stopped",
            Name(("EMFILE", "FD_SETSIZE")),
            _then,
            _ceiling,
            metric("limit"),
            _stopped,
        ),
        Question(
            "poll-bytes",
            Number(share=0.25, unit="B", written="B"),
            _watched,
            traced,
            metric("syscall_bytes_per_event"),
            _bytes,
        ),
    ),
)
