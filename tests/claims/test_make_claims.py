"""`make claims`: every spec is run in full, then the pages are written; with a runner that only
notes how it was called."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runner.paths import ROOT

RUNNER = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in *more.yaml*) exit {code};; esac
"""

PAGES = ["claims --misunderstandings -o docs/misunderstandings.md", "claims -o docs/claims.md"]


def made(tmp_path: Path, code: int) -> tuple[int, list[str]]:
    """The exit code of make, and the calls of `runner`; the run of more.yaml ends with `code`."""
    calls, runner = tmp_path / "calls", tmp_path / "runner"
    runner.write_text(RUNNER.format(calls=calls, code=code), encoding="utf-8")
    runner.chmod(0o755)
    done = subprocess.run(
        ["make", "-s", "-o", "setup", "claims", f"BIN={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return done.returncode, calls.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("code", [0, 4, 5])
def test_it_runs_every_spec_in_full_and_writes_the_pages(tmp_path: Path, code: int) -> None:
    files = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "labs").rglob("*.yaml"))]
    no_evidence = ("labs/homework/", "labs/landmarks/")
    specs = [name for name in files if not name.startswith(no_evidence)]
    assert "labs/probes/more.yaml" in specs
    assert len(specs) < len(files)
    runs = [f"run {spec} --full" for spec in ["experiments.yaml", *specs]]
    assert made(tmp_path, code) == (0, [*runs, *PAGES])


def test_a_failed_expectation_is_reported_after_the_pages_are_written(tmp_path: Path) -> None:
    code, calls = made(tmp_path, 1)
    assert code != 0
    assert calls[-2:] == PAGES


def test_a_mistake_ends_it_before_the_pages(tmp_path: Path) -> None:
    code, calls = made(tmp_path, 3)
    assert code != 0
    assert calls[-1] == "run labs/probes/more.yaml --full"
