"""The rooms of runner/, their order and their purity are those that CONTRIBUTING.md draws."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "runner").rglob("*.py"))
OWN_CODE = [
    path
    for folder in ("runner", "labs", "tests", "images")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".c", ".h")
]

WORLD = {"os", "subprocess", "time", "socket", "docker", "resource", "signal"}


def drawn() -> dict[str, str]:
    """The places of the drawing, `spec`, `engine.docker`, ..., in its order, and what it says of
    each."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (drawing,) = re.findall(r"^```\nrunner/\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    places: dict[str, str] = {}
    room = ""
    for indent, name, said in re.findall(r"^( +)(\w+)\S* *(.*)$", drawing, re.MULTILINE):
        room = name if len(indent) == 2 else room
        places[name if room == name else f"{room}.{name}"] = said
    return places


DRAWN = drawn()
ORDER = tuple(DRAWN)
PURE = tuple(place for place, said in DRAWN.items() if said.endswith("; pure"))


def stage(module: str) -> str:
    return module.split(".")[1] if module.startswith("runner.") else ""


def within(module: str) -> str:
    """The folder below its room that a module lies in; empty where in none."""
    parts = module.split(".")[1:3]
    place = ".".join(parts)
    return place if len(parts) == 2 and place in DRAWN else ""


@cache
def imports(path: Path) -> frozenset[str]:
    """Full names of all that a file imports, for its types alone too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def graph() -> Mapping[str, set[str]]:
    """Each module with the modules that it imports. A name from a package is the package's."""
    modules = {module_of(path) for path in SOURCES}

    def module(name: str) -> str:
        return name if name in modules else name.rpartition(".")[0]

    return {
        module_of(path): {module(name) for name in imports(path)} & modules - {module_of(path)}
        for path in SOURCES
    }


def folders() -> Iterator[str]:
    """Every room, every folder in a room, every module beside the rooms."""
    for path in sorted((ROOT / "runner").rglob("*")):
        parts = path.relative_to(ROOT / "runner").with_suffix("").parts
        room = path.is_dir() or (path.suffix == ".py" and len(parts) == 1)
        if room and parts[0] != "native" and not {"__pycache__", "__init__"} & set(parts):
            yield ".".join(parts)


def test_the_drawing_shows_every_room() -> None:
    assert set(folders()) <= set(DRAWN), "draw it in CONTRIBUTING.md"
    assert set(DRAWN) <= {*folders(), "native"}, "it is gone: take it from CONTRIBUTING.md"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_go_up_the_drawing(path: Path) -> None:
    own = module_of(path)
    for name in imports(path):
        for place in (stage, within):
            here, there = place(own), place(name)
            if here and there and (place is stage or stage(own) == stage(name)):
                assert ORDER.index(there) <= ORDER.index(here), f"{path} imports {name}, below it"


def test_no_imports_go_in_a_circle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as circle:
        pytest.fail(f"a circle of imports: {' <- '.join(circle.args[1])}")


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_pure_stages_touch_no_world(path: Path) -> None:
    if {stage(module_of(path)), within(module_of(path))}.isdisjoint(PURE):
        return
    touched = {name for name in imports(path) if name.split(".")[0] in WORLD}
    assert not touched, f"{path} imports {touched}"
    engines = {n for n in imports(path) if n.startswith("runner.engine.")}
    assert not engines, f"{path} imports {engines}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_only_cli_chooses_an_engine_and_prints(path: Path) -> None:
    own = stage(module_of(path))
    if own in ("cli", "engine"):
        return
    chosen = {
        n for n in imports(path) if n.startswith(("runner.engine.docker", "runner.engine.process"))
    }
    assert not chosen, f"{path} chooses an engine: {chosen}"
    assert not re.search(r"\bprint\(|click\.echo", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_the_instrument_imports_nothing_from_labs(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] in ("labs", "lab")}


def test_only_the_spec_knows_yaml() -> None:
    knowing = {path for path in SOURCES if any(n.split(".")[0] == "yaml" for n in imports(path))}
    assert knowing
    assert {path.parent.name for path in knowing} == {"spec"}


@pytest.mark.parametrize("path", OWN_CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_hold_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert path.stem not in ("utils", "util", "helpers", "helper", "common", "misc", "base")


def test_no_file_names_what_must_not_exist() -> None:
    for path in OWN_CODE:
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8")
        for banned in (r"class \w*Manager\b", r"shell=True", r"\beval\(", r"\bimport pickle\b"):
            assert not re.search(banned, text), f"{path}: {banned}"
