"""Every broken spec is told about in one clear message, with exit code 2 and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.inside import told
from tests.spec.broken import BROKEN, Broken, lay


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_spec_is_exit_code_2(
    broken: Broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, broken.files)
    monkeypatch.chdir(tmp_path)
    for command in ("validate", "run"):
        done = told(command, "spec.yaml")
        assert done.code == 2
        assert done.err.splitlines()[0] == broken.line
        assert "Traceback" not in done.err
        assert done.out == ""
    assert not (tmp_path / "results").exists(), "nothing was begun"
