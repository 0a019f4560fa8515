"""Servers in real boxes that print arbitrary bytes: an outcome in time, and safe text in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner import measure
from runner.engine.box import Box, Engine, Running
from runner.engine.docker import DockerEngine
from runner.engine.images import image_of
from runner.engine.process import ProcessEngine
from runner.measure import server as first_words
from runner.paths import LABS
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from runner.spec import load
from tests.chosen import chosen
from tests.examples import examples
from tests.spoken import SPOKEN, assert_safe

SAYS = '''\
"""Prints what it is told to, and then ends, closes stdout or waits."""
import os, signal

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
rest = bytes.fromhex(os.environ["SAYS"])
while rest:
    rest = rest[os.write(1, rest) :]
then = os.environ["THEN"]
if then.isdigit():
    os._exit(int(then))
if then == "closes":
    os.close(1)
while then == "floods":
    os.write(1, b"REFUSED limit=EMFILE fd=4096 and more\\n" * 50)
while then == "logs":
    os.write(2, b"\\x1b[31m" * 1000)
while True:
    signal.pause()
'''
SPEC = """\
version: 1
experiments:
  - {id: e, title: t, measure: ceiling, server: {lab: says, language: python},
     fleet: {connections: 20}, limits: {nofile: 4096}}
"""
THEN = st.sampled_from(["0", "3", "77", "137", "closes", "floods", "logs", "waits"])
FEW = settings(
    deadline=None,
    max_examples=examples(8),
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CASES = (
    (b"READY port=\xc2\xb2\n", "waits", Status.FAIL),
    (b"READY port=" + b"9" * 5000 + b"\n", "waits", Status.FAIL),
    (b"READY port=0\n", "waits", Status.FAIL),
    (b"READY port=PORT", "waits", Status.FAIL),
    (b"MISSING what=libfoo\n", "77", Status.FAIL),
    (b"MISSING what=uvloop\n", "77", Status.FAIL),
    (b"MISSING what=io_uring\n", "waits", Status.FAIL),
    (b"READY port=PORT\n", "137", Status.FAIL),
    (b"READY port=PORT\n", "0", Status.FAIL),
    (b"READY port=PORT\nREFUSED limit=FD_SETSIZE fd=\xc2\xb2\n", "waits", Status.FAIL),
    (b"", "floods", Status.FAIL),
    (b"", "logs", Status.FAIL),
    (b"", "closes", Status.FAIL),
)


class Told:
    """An engine whose servers say certain bytes, and otherwise any engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.says: Mapping[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        if box.program.role == "server":
            box = replace(box, env={**box.env, **self.says})
        return self._engine.launch(box, beside)


@pytest.fixture(
    params=["process", pytest.param("docker", marks=pytest.mark.docker)], scope="module"
)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Told, Trial]]:
    folder = tmp_path_factory.mktemp("words")
    labs = folder / "labs"
    (labs / "says").mkdir(parents=True)
    shutil.copyfile(LABS / "lab.py", labs / "lab.py")
    # An image is named by its content, and each test process takes its own away again.
    mine = f"# {os.environ.get('PYTEST_XDIST_WORKER', 'alone')}\n"
    (labs / "says" / "server.py").write_text(SAYS + mine, encoding="utf-8")
    (folder / "words.yaml").write_text(SPEC, encoding="utf-8")
    trial = expand(load(folder / "words.yaml"), Host(4096, (0, 1)), repeat=1).trials[0]
    engine: Engine = DockerEngine() if request.param == "docker" else ProcessEngine(labs=labs)
    programs = measure.programs(trial)
    assert engine.prepare(programs, lambda _: None) == {}
    yield Told(engine), replace(trial, timeout_ns=20 * 10**9)
    if isinstance(engine, DockerEngine):
        engine.client.api.remove_image(image_of(programs[0]).ref)
    engine.close()


def run(told: tuple[Told, Trial], says: bytes, then: str) -> Outcome:
    engine, trial = told
    words = says.replace(b"PORT", str(engine.free_port()).encode())[:60_000]
    engine.says = {"SAYS": words.hex(), "THEN": then}
    found = measure.run(trial, engine, {})
    assert_safe(found)
    assert "the runner itself failed" not in found.reason
    return found


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every silent server is waited for: a second and a half, in place of fifteen."""
    monkeypatch.setattr(first_words, "READY_SECONDS", 1.5)
    monkeypatch.setattr(first_words, "MISSING_SECONDS", 1.5)


@pytest.mark.parametrize(
    ("told", "says", "then", "status"),
    [
        *(("process", *case) for case in CASES),
        *(pytest.param("docker", *case, marks=pytest.mark.docker) for case in chosen(CASES, 2)),
    ],
    indirect=["told"],
)
def test_both_engines_give_the_same_outcome(
    told: tuple[Told, Trial], says: bytes, then: str, status: Status
) -> None:
    found = run(told, says, then)
    assert found.status is status, found.reason


@FEW
@given(SPOKEN, THEN)
@example(b"\x1b]0;title\x07\x9b31m\xff\0", "waits")
def test_any_bytes_end_in_an_outcome(told: tuple[Told, Trial], says: bytes, then: str) -> None:
    found = run(told, says, then)
    assert found.status in (Status.FAIL, Status.OK), found.reason
