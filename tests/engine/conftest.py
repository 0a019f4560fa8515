"""One Docker engine for all tests that need one; tests/conftest.py skips them loudly without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner.engine.box import Program
from runner.engine.docker import DockerEngine
from runner.paths import FLEET, LABS
from tests.engine.boxes import probe_in

FLEET_PROGRAM = Program("fleet", FLEET, "c")
SELECT = Program("server", LABS / "select", "c")


@pytest.fixture(scope="session")
def docker_probe(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return probe_in(tmp_path_factory.mktemp("docker"))


@pytest.fixture(scope="session")
def docker_engine(docker_probe: Program) -> Iterator[DockerEngine]:
    """The probe's image stays, as a cache: its tag is its content. `runner clean --images` or
    `runner images remove` takes it away."""
    engine = DockerEngine()
    assert engine.prepare([docker_probe, SELECT, FLEET_PROGRAM], print) == {}
    yield engine
    engine.close()
