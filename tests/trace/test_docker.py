"""The same classification in containers, where the tracer is a container of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import Language, Program
from runner.engine.docker import DockerEngine
from runner.measure.boxes import TRACE_PROGRAMS
from runner.measure.tracing import with_coroutines
from runner.paths import LABS
from tests.trace.servers import box_of, look_at
from tests.trace.test_hostile import SUSPICIOUS, written

pytestmark = pytest.mark.docker

CASES: list[tuple[str, Language, str]] = [
    ("fork", "c", "blocking, a process each"),
    ("posix_aio", "c", "POSIX AIO"),
    ("epoll", "python", "epoll"),
]
AECHO = Program("server", LABS / "aecho", "python")


@pytest.fixture(scope="module")
def docker() -> Iterator[DockerEngine]:
    engine = DockerEngine()
    servers = [Program("server", LABS / lab, language) for lab, language, _ in CASES]
    problems = engine.prepare([*TRACE_PROGRAMS, *servers, AECHO], print)
    assert problems == {}
    yield engine
    engine.close()


@pytest.mark.parametrize(("lab", "language", "model"), CASES)
def test_a_container_is_traced_from_another(
    lab: str, language: Language, model: str, docker: DockerEngine
) -> None:
    found = look_at(Program("server", LABS / lab, language), docker, watched=3).classification
    assert found.model == model, f"{found.because} {found.unclear}"
    left = docker.client.api.containers(all=True, filters={"label": f"iolab.run={docker._run}"})
    assert left == [], "nothing of the tracer is left"


def test_coroutines_are_seen_in_a_container_that_is_read_only(docker: DockerEngine) -> None:
    seen = with_coroutines(box_of(AECHO, docker), docker, 3)
    assert seen is not None
    assert seen.threads == 1
    assert seen.between >= 1


@pytest.mark.alone  # where other tests run, a late wake-up leaves the model unknown
def test_no_server_in_a_container_sees_its_tracer(docker: DockerEngine, tmp_path: Path) -> None:
    program = written(tmp_path / "suspicious", SUSPICIOUS)
    assert docker.prepare([program], print) == {}
    found = look_at(program, docker, watched=0)
    assert found.classification.model == "blocking"
    assert found.look is not None
    assert found.look.lacks == ""  # and it was looked at without a tracer, too
