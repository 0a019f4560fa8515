"""Every broken spec is told about in one clear message, with exit code 2 and no traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runner.cli import main
from tests.spec.broken import BROKEN, Broken, lay


@pytest.mark.parametrize("command", ["validate", "run"])
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_spec_is_exit_code_2(
    broken: Broken,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lay(tmp_path, broken.files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["runner", command, "spec.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert err.splitlines()[0] == broken.line
    assert "Traceback" not in err
    assert out == ""
    assert not (tmp_path / "results").exists(), "nothing was begun"
