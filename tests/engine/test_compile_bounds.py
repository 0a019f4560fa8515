"""Sources that make a compiler large, slow or endless: that lab's BuildError, in both engines."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.bounds import PROGRAM_BYTES_MAX
from runner.engine.box import BuildError, Engine, Program
from runner.engine.docker import DockerEngine
from runner.engine.process import ProcessEngine
from runner.engine.process import compiling as in_processes
from tests.engine.boxes import engine_in, marked

DOUBLED = "\n".join(f"#define M{n} M{n - 1} M{n - 1}" for n in range(1, 40))
MEMORY, TIME, SIZE = "needed more than 1024 MiB", "took longer than", "is larger than 64 MiB"
BOMBS = {
    "endless device": '#include "/dev/zero"\nint main(void) { return 0; }\n',
    "includes itself": '#include "server.c"\n#include "server.c"\nint main(void) { return 0; }\n',
    "macros": f"#define M0 1 +\n{DOUBLED}\nint main(void) {{ return M39 0; }}\n",
    "large array": "char all[1 << 30] = {1};\nint main(void) { return all[5]; }\n",
    "large program": "char all[90 << 20] = {1};\nint main(void) { return all[5]; }\n",
    "large assembly": '__asm__(".fill 0x40000000, 1, 7");\nint main(void) { return 0; }\n',
}
QUICK = 4.0


@pytest.fixture(
    scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)]
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("bounds")
    made: Engine = DockerEngine() if request.param == "docker" else engine_in(folder)
    assert made.prepare([], lambda _: None) == {}
    yield made
    if isinstance(made, ProcessEngine):
        assert list((folder / "cache" / "boxes").iterdir()) == []
        assert [path.name for path in (folder / "cache" / "bin").glob(".*")] == []
    made.close()


def problem(engine: Engine, folder: Path, text: str) -> BuildError:
    program = Program("server", folder / "bomb", "c")
    program.folder.mkdir()
    (program.folder / "server.c").write_text(text, encoding="utf-8")
    found = engine.prepare([program], lambda _: None)[program]
    assert isinstance(found, BuildError)
    return found


@pytest.mark.parametrize("bomb", BOMBS)
def test_it_ends_as_the_labs_own_fault(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: str
) -> None:
    monkeypatch.setattr("runner.engine.process.compiling.SECONDS", QUICK)
    monkeypatch.setattr("runner.engine.images.compile_container.SECONDS", QUICK)
    text = str(problem(engine, tmp_path, BOMBS[bomb]))
    assert text.startswith("bomb")
    assert [each for each in (MEMORY, TIME, SIZE) if each in text], text
    assert len(text) < 100
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    assert largest < 3 << 30


def test_a_compiler_that_is_late_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"late-{os.getpid()}"
    hanging = tmp_path / "hanging-cc"
    hanging.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\n'
        f"sh -c 'sleep 1000; :' {marker} &\nsh -c 'sleep 1000; :' {marker}\n"
    )
    hanging.chmod(0o755)
    engine = engine_in(tmp_path)
    assert engine.prepare([], lambda _: None) == {}
    monkeypatch.setenv("CC", str(hanging))
    monkeypatch.setattr(in_processes, "SECONDS", 0.5)
    found = problem(engine, tmp_path, "int main(void) { return 0; }\n")
    assert str(found) == "bomb (c): the compiler took longer than 0.5 s"
    assert marked(marker) == set()
    engine.close()


def test_a_program_at_the_bound_is_still_one(tmp_path: Path) -> None:
    """What is bounded is the file; what it asks for when it runs is the box's matter."""
    engine = engine_in(tmp_path)
    program = Program("server", tmp_path / "large", "c")
    program.folder.mkdir()
    size = PROGRAM_BYTES_MAX // 2
    (program.folder / "server.c").write_text(
        f"char all[{size}] = {{1}}; char more[1u << 31];\nint main(void) {{ return all[5]; }}\n"
    )
    assert engine.prepare([program], lambda _: None) == {}
    engine.close()


def test_a_source_that_speaks_of_a_bound_is_still_quoted(tmp_path: Path) -> None:
    engine = engine_in(tmp_path)
    text = 'int main(void) { return "No space left on device" }\n'
    assert "server.c:1:" in str(problem(engine, tmp_path, text))
    engine.close()
