"""What the result of a stream workload says."""

from __future__ import annotations

from hdrh.histogram import HdrHistogram

from .driving import Event

COUNTS = ["frames", "late", "gaps", "skipped", "disordered", "corrupt", "early"]


def counts(result: Event) -> dict[str, int]:
    """The counters that are not zero."""
    return {key: result["stream"][key] for key in COUNTS if result["stream"][key]}


def total(encoded: str) -> int:
    """How many values a histogram has."""
    return int(HdrHistogram.decode(encoded).get_total_count())


def check_whole(result: Event) -> None:
    """Nothing is lost between the counters, the series and the histograms."""
    stream = result["stream"]
    assert list(stream) == ["listeners", *COUNTS, "lateness", "jitter", "control", "stalled"]
    assert list(stream["control"]) == ["sent", "answered", "wrong", "wrong_kinds", "latency"]
    assert list(stream["stalled"]) == ["asked", "dropped", "alive"]
    assert sum(result["series"]) == result["requests"] == stream["frames"]
    assert result["bytes"] == 340 * stream["frames"]
    assert result["latency"] == stream["lateness"]
    assert total(stream["lateness"]) <= stream["frames"]
    assert total(stream["control"]["latency"]) == stream["control"]["answered"]
    assert sum(stream["control"]["wrong_kinds"].values()) == stream["control"]["wrong"]
