"""Probes, compiled as the runner does it, and run: their findings. Fixtures of conftest.py."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from .capabilities import LABS

PROBES = LABS / "probes"
STRICT = ["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
Finding = dict[str, Any]
Run = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """Return the command of a probe, compiled as the runner does it, with warnings as errors."""
    folder = tmp_path_factory.mktemp("probes")

    @cache
    def build(name: str) -> list[str]:
        source = PROBES / name / "probe.c"
        result = re.search(r"Build: (.*)", source.read_text())
        flags = result[1].split() if result else ["-O2"]
        target = folder / name
        sources = [*source.parent.glob("*.c"), PROBES / "finding.c"]
        command = [os.environ.get("CC", "cc"), *STRICT, *flags, "-I", PROBES, *sources]
        subprocess.run([*map(str, command), "-o", str(target)], check=True)
        return [str(target)]

    return build


@pytest.fixture(scope="module")
def run(program: Callable[[str], list[str]]) -> Run:
    """Run a probe and return its findings. Each request for a sample is answered at once."""

    @cache
    def findings(name: str, *args: str, nofile: int | None = None, port: int = 0) -> list[Finding]:
        script = PROBES / name.removesuffix(".py") / "probe.py"
        command = [sys.executable, str(script)] if name.endswith(".py") else program(name)
        limit = ["prlimit", f"--nofile={nofile}:{nofile}", "--"] if nofile else []
        done = subprocess.run(
            [*limit, *command, *args],
            input="sampled\n" * 100,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"]} | ({"PORT": str(port)} if port else {}),
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return [finding for finding in lines if set(finding) != {"sample"}]

    return findings
