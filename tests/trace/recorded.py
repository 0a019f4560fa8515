"""Records of real conversations, taken with 3 silent connections beside the clients."""

from __future__ import annotations

import json
from pathlib import Path

from runner.trace import Trace, trace_of
from runner.trace.model import Conversation, Request

RECORDS = Path(__file__).parent / "records"
NAMES = ("select", "sigio", "posix_aio", "io_uring")


def lines(name: str) -> list[str]:
    return (RECORDS / f"{name}.strace").read_text(encoding="utf-8").splitlines()


def said(name: str) -> Conversation:
    loaded = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    loaded["requests"] = tuple(Request(**request) for request in loaded["requests"])
    return Conversation(**loaded)


def traced(name: str) -> Trace:
    return trace_of(lines(name), said(name))
