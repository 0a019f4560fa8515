"""A host that can measure nothing more says so after an ERROR, and is not asked again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.cluster import on_host
from runner.engine.box import EngineError
from tests.fake_engine import FakeEngine
from tests.faults.mounts import needs_mount, small_disk


class Gone(FakeEngine):
    """Its daemon has ended."""

    def answers(self, seconds: float) -> bool:
        del seconds
        return False


@pytest.fixture(params=[FakeEngine, Gone])
def engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[FakeEngine]:
    """Of a host whose folders are in `tmp_path`."""
    made: FakeEngine = request.param([])
    plugin = on_host.OnHost("coordinator", "fake", lambda _name, _say: made)
    worker = SimpleNamespace(handlers={})
    plugin.setup(worker)  # type: ignore[arg-type] # it asks the worker for nothing else
    monkeypatch.setattr(on_host, "own", lambda _name: plugin)
    monkeypatch.setattr(on_host, "FOLDERS", tmp_path / "cluster")
    yield made
    plugin.teardown(worker)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", [FakeEngine], indirect=True)
def test_a_host_goes_on_where_its_engine_answers(engine: FakeEngine, tmp_path: Path) -> None:
    on_host.after_error("coordinator")
    assert engine.answers(0.0)
    assert not any((tmp_path / "cluster").iterdir())


@pytest.mark.parametrize("engine", [Gone], indirect=True)
@pytest.mark.usefixtures("engine")
def test_without_its_engine_it_is_lost() -> None:
    with pytest.raises(EngineError, match="its engine fake does not answer any more"):
        on_host.after_error("coordinator")


@needs_mount
@pytest.mark.parametrize("engine", [FakeEngine], indirect=True)
@pytest.mark.usefixtures("engine")
def test_with_a_full_disk_it_is_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path / "cluster") as disk:
        disk.fill()
        with pytest.raises(OSError, match="No space left on device"):
            on_host.after_error("coordinator")
