"""A run without a trial says why: no such name, or a run of this size leaves the cells out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.inside import told

SPEC = """\
version: 1
experiments:
  - id: slow
    title: What takes too long for a quick run?
    server: {lab: [poll, epoll]}
    quick: {only: []}
  - id: large
    title: What takes too long for every day?
    server: {lab: [poll, epoll]}
    full: {adds: [{lab: epoll}]}
"""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--filter", "slow", "--quick"), "--quick leaves out every cell that is called slow;"),
        (("--filter", "large/lab=epoll*"), "only a full run has a cell that is called large/"),
        (("--filter", "fast", "--filter", "x/*"), "there is no cell that is called fast or x/*"),
    ],
)
def test_the_reason_is_the_option_that_left_the_cells_out(
    tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    ended = told("run", str(spec), "--dry-run", *words)
    assert ended.code == 2
    assert f"nothing to run: {reason}" in ended.err
