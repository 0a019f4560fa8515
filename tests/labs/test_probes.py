"""Small programs that each show one fact: one JSON line a finding."""

import functools
import json
import os
import resource
import subprocess
import sys
from typing import Any

import pytest

from .capabilities import LABS

PROBE = LABS / "probes" / "select_ceiling" / "probe.py"
Finding = dict[str, Any]


@functools.cache
def findings(nofile: int) -> list[Finding]:
    done = subprocess.run(
        ["prlimit", f"--nofile={nofile}:{nofile}", "--", sys.executable, str(PROBE)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def outcomes(nofile: int) -> dict[tuple[str, int], str]:
    return {(found["variant"], found["fd"]): found["outcome"] for found in findings(nofile)}


def detail(variant: str, fd: int) -> str:
    [text] = [f["detail"] for f in findings(5000) if (f["variant"], f["fd"]) == (variant, fd)]
    assert isinstance(text, str)
    return text


@pytest.fixture(autouse=True)
def enough_descriptors() -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 5000:
        pytest.fail("these tests need 5000 descriptors: ulimit -Hn")


def test_each_finding_has_the_same_fields() -> None:
    fields = {"probe": str, "variant": str, "fd": int, "open": int, "outcome": str, "detail": str}
    for found in findings(5000):
        assert {name: type(value) for name, value in found.items()} == fields
        assert found["probe"] == "select_ceiling"


def test_the_ceiling() -> None:
    assert outcomes(5000) == {
        ("refuse", 1023): "ready",
        ("refuse", 1024): "refused",
        ("refuse", 20): "ready",
        ("fortify", 1023): "ready",
        ("fortify", 1024): "abort",
        ("fortify", 20): "ready",
        ("plain", 1023): "ready",
        ("plain", 1024): "corrupted",
        ("plain", 20): "ready",
        ("raw", 1024): "ready",
        ("raw", 4000): "ready",
        ("nofile", 255): "EMFILE",
        ("python", 1023): "ready",
        ("python", 1024): "ValueError",
    }


def test_it_is_the_number_that_counts_and_not_how_many() -> None:
    """A handful are open where 1024 is too high, and more than 1024 where 20 is not."""
    for found in findings(5000):
        if found["fd"] >= 1023:
            assert found["open"] < 50
        if found["fd"] == 20:
            assert found["open"] > 1024


def test_corruption_is_silent() -> None:
    """The program got the answer that it wanted, and the canary alone knows."""
    assert detail("plain", 1024).startswith("select returned 1; ")
    assert "; 0 of " in detail("plain", 1023)
    assert "; 0 of " not in detail("plain", 1024)


def test_abort_is_glibc_s_own_check() -> None:
    assert detail("fortify", 1024).startswith("signal 6, ***")


def test_without_such_a_descriptor_it_is_said() -> None:
    """Where the hard limit is 1024 or less, nothing can be shown, and nothing is claimed."""
    low = outcomes(1024)
    assert {low[variant, 1024] for variant in ("refuse", "fortify", "plain", "raw")} == {"limit"}
    assert low["python", 1024] == "limit"
    assert low["plain", 1023] == "ready"
