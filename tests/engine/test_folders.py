"""Both engines answer the same folder in the same way, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from runner.engine.box import Engine, Program
from runner.engine.docker import DockerEngine
from runner.engine.process import ProcessEngine
from tests.chosen import chosen
from tests.engine.boxes import probe_in
from tests.engine.folders.case import Case, Seen, differences
from tests.engine.folders.hostile import HOSTILE
from tests.engine.folders.odd import ODD

ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made = DockerEngine() if request.param == "docker" else ProcessEngine(tmp_path / "cache")
    with closing(made):
        yield made


def programs(cases: Mapping[str, Case], below: Path) -> dict[str, Program]:
    return {name: case.placed(below / str(n), name) for n, (name, case) in enumerate(cases.items())}


@pytest.mark.slow
@pytest.mark.timeout(300)  # on a busy machine
def test_honest_folders_serve(engine: Engine, tmp_path: Path) -> None:
    assert len(ODD) >= 30
    # All of them as processes, every second one in a container: WHOLE=1 takes all there as well.
    cases = ODD if engine.name == "process" else dict(chosen(list(ODD.items()), 2))
    seen = Seen(probe_in(tmp_path)).of(engine, programs(cases, tmp_path))
    assert differences(cases, seen) == {}


@pytest.mark.slow
@pytest.mark.timeout(300)  # on a busy machine
def test_hostile_folders_fail_alone_and_say_why(engine: Engine, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 30
    honest = Case({"server.c": ODD["gives up root"].files["server.c"]})
    cases = {**HOSTILE, "an honest one among them": honest}
    seen = Seen(probe_in(tmp_path)).of(engine, programs(cases, tmp_path))
    assert differences(cases, seen) == {}
