"""JSON for platforms: no NaN, and nothing that a CI runner's log takes for a command. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from runner.report.sanitize import quiet


def document(value: Mapping[str, object]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    return (quiet(text) + "\n").encode()


def line(value: Mapping[str, object]) -> str:
    """On one line, in ASCII: a reader of lines may cut at more characters than a newline."""
    return quiet(json.dumps(value, allow_nan=False))
