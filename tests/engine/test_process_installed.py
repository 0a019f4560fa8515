"""An installed lab lies among the packages that a box of Python sees. The box must not see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.process import visible
from tests.engine.boxes import box_of, engine_in

LOOKS = """\
import json, os, sys
site = sys.argv[-1]
print(json.dumps({name: os.listdir(f"{site}/{name}") for name in sorted(os.listdir(site))}))
"""


def test_a_server_sees_the_packages_and_not_the_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submission could else read the reference and the hidden checks of its assignment."""
    site = tmp_path / "site-packages"
    for name in ("runner/project/labs/homework", "numpy"):
        (site / name).mkdir(parents=True)
    monkeypatch.setattr(visible, "CHECKOUT", False)
    monkeypatch.setattr(visible, "PACKAGE", site / "runner")
    shown = (*visible.python(), site)
    monkeypatch.setattr(visible, "python", lambda: shown)
    server = Program("server", tmp_path / "server", "python")
    server.folder.mkdir()
    (server.folder / "server.py").write_text(LOOKS)
    engine = engine_in(tmp_path)
    (engine._labs / "lab.py").write_text("")
    assert engine.prepare([server], lambda _: None) == {}
    if engine.exposed():
        pytest.skip("; ".join(engine.exposed()))
    running = engine.launch(box_of(server, str(site)))
    assert json.loads(running.read_line(20) or "null") == {"numpy": [], "runner": []}
    running.remove()
    engine.close()
