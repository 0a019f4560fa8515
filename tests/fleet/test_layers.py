"""The files of the load generator form layers: none includes or calls a file of a higher layer, and
no file calls itself through others."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.compiled_once import compiled_once

from .driving import SOURCES, WARNINGS

FILES = sorted(SOURCES.glob("*.c"))
LAYERS = ("pure", "socket", "connection", "loop", "workload", "main")
FIRST_LINE = re.compile(r"/\* ([0-5]) (\w+): ")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
DEFINED = "TDBRVWC"
"""Types of `nm` for symbols that other files can use."""

Uses = dict[str, set[str]]


def layer(path: Path) -> int:
    """As its first line says: `/* 2 connection: ...`."""
    with path.open(encoding="utf-8") as file:
        first = FIRST_LINE.match(file.readline())
    assert first, f"{path.name}: the first line must say the layer, like '/* 0 pure: '"
    number, name = int(first[1]), first[2]
    assert LAYERS[number] == name, f"{path.name}: layer {number} is {LAYERS[number]}, not {name}"
    return number


def layers(folder: Path) -> dict[str, int]:
    return {path.name: layer(path) for path in sorted(folder.glob("*.[ch]"))}


def includes(folder: Path) -> Uses:
    """The project's own headers that each file includes."""
    return {
        path.name: set(INCLUDE.findall(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.[ch]"))
    }


def compiled(files: Sequence[Path], into: Path) -> None:
    into.mkdir(exist_ok=True)
    command = ["cc", *WARNINGS, "-O0", "-c", *map(str, files)]
    subprocess.run(command, check=True, cwd=into)


def calls(files: Sequence[Path], scratch: Path) -> Uses:
    """The files whose functions and data each file uses, from the symbol table of its object."""
    defines, needs = {}, defaultdict(set)
    for path in files:
        table = ["nm", "--format=posix", str(scratch / f"{path.stem}.o")]
        for line in subprocess.run(
            table, check=True, capture_output=True, text=True
        ).stdout.splitlines():
            name, kind = line.split()[:2]
            if kind == "U":
                needs[path.name].add(name)
            elif kind in DEFINED:
                defines[name] = path.name
    return {
        path.name: {defines[name] for name in needs[path.name] & defines.keys()} for path in files
    }


def upward(uses: Uses, of: dict[str, int]) -> list[str]:
    """Each use of a file of a higher layer."""
    return [
        f"{user} ({LAYERS[of[user]]}) uses {used} ({LAYERS[of[used]]})"
        for user, others in sorted(uses.items())
        for used in sorted(others)
        if of[used] > of[user]
    ]


def test_no_file_includes_a_higher_layer_or_itself() -> None:
    uses = includes(SOURCES)
    assert upward(uses, layers(SOURCES)) == []
    list(TopologicalSorter(uses).static_order())  # raises CycleError with the circle


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of every file."""
    return compiled_once(tmp_path_factory, "layers", partial(compiled, FILES))


def test_no_file_calls_a_higher_layer_or_itself(objects: Path) -> None:
    uses = calls(FILES, objects)
    assert upward(uses, layers(SOURCES)) == []
    list(TopologicalSorter(uses).static_order())


def test_every_layer_has_files() -> None:
    assert set(layers(SOURCES).values()) == set(range(len(LAYERS)))


UPWARD = [
    ("hdr.c", "emit_event(0)", "hdr.c (pure) uses json.c (socket)"),
    ("loss.c", "drive(0, 0)", "loss.c (connection) uses phases.c (main)"),
    ("events.c", "load_begin(0)", "events.c (loop) uses load.c (workload)"),
]


@pytest.mark.parametrize(("file", "call", "use"), UPWARD)
def test_a_call_upward_is_noticed(
    objects: Path, tmp_path: Path, file: str, call: str, use: str
) -> None:
    folder, scratch = tmp_path / "fleet", tmp_path / "objects"
    shutil.copytree(SOURCES, folder)
    shutil.copytree(objects, scratch)
    with (folder / file).open("a", encoding="utf-8") as source:
        name = call.partition("(")[0]
        source.write(f"void {name}();\nvoid up(void);\nvoid up(void) {{ {call}; }}\n")
    compiled([folder / file], scratch)
    assert use in upward(calls(FILES, scratch), layers(folder))
