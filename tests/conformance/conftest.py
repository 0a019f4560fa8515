"""One process engine for all servers that are examined."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner.engine.process import ProcessEngine
from runner.measure import clients


@pytest.fixture(scope="session")
def engine() -> Iterator[ProcessEngine]:
    engine = ProcessEngine()
    engine.prepare([], print)
    yield engine
    engine.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For servers of which it is known that no reply will come."""
    monkeypatch.setattr(clients, "PATIENCE_MS", (1_000, 12_000, 100))
    monkeypatch.setattr(clients, "AGAIN_MS", 300)
