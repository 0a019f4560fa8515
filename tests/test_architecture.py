"""The rooms of runner/, their order and their purity are those that CONTRIBUTING.md draws."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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


def below(path: Path) -> Iterator[str]:
    own = module_of(path)
    for name in imports(path):
        for place in (stage, within):
            here, there = place(own), place(name)
            if not here or not there or (place is within and stage(own) != stage(name)):
                continue
            if ORDER.index(there) > ORDER.index(here):
                yield name


def test_imports_go_up_the_drawing() -> None:
    assert of_sources(below) == {}


def of_sources(wrong: Callable[[Path], Iterable[str]]) -> dict[str, list[str]]:
    """What is wrong in each file. One test for all of them: a test for each would take longer to
    collect than to run."""
    found = {str(path): sorted(wrong(path)) for path in SOURCES}
    return {path: names for path, names in found.items() if names}


def test_no_imports_go_in_a_circle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as circle:
        pytest.fail(f"a circle of imports: {' <- '.join(circle.args[1])}")


def of_the_world(path: Path) -> Iterator[str]:
    if {stage(module_of(path)), within(module_of(path))}.isdisjoint(PURE):
        return
    for name in imports(path):
        if name.split(".")[0] in WORLD or name.startswith("runner.engine."):
            yield name


def test_pure_stages_touch_no_world() -> None:
    assert of_sources(of_the_world) == {}


def of_the_user(path: Path) -> Iterator[str]:
    """The choice of an engine, and what prints."""
    if stage(module_of(path)) in ("cli", "engine"):
        return
    engines = ("runner.engine.docker", "runner.engine.process")
    yield from (name for name in imports(path) if name.startswith(engines))
    yield from re.findall(r"\bprint\(|click\.echo", path.read_text(encoding="utf-8"))


def test_only_cli_chooses_an_engine_and_prints() -> None:
    assert of_sources(of_the_user) == {}


def test_the_instrument_imports_nothing_from_labs() -> None:
    def from_labs(path: Path) -> Iterator[str]:
        return (name for name in imports(path) if name.split(".")[0] in ("labs", "lab"))

    assert of_sources(from_labs) == {}


def test_only_the_spec_knows_yaml() -> None:
    knowing = {path for path in SOURCES if any(n.split(".")[0] == "yaml" for n in imports(path))}
    assert knowing
    assert {path.parent.name for path in knowing} == {"spec"}


def test_files_hold_one_idea() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in OWN_CODE}
    assert {str(path): count for path, count in lines.items() if count > 300} == {}
    vague = ("utils", "util", "helpers", "helper", "common", "misc", "base")
    assert [str(path) for path in OWN_CODE if path.stem in vague] == []


def test_no_file_names_what_must_not_exist() -> None:
    for path in OWN_CODE:
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8")
        for banned in (r"class \w*Manager\b", r"shell=True", r"\beval\(", r"\bimport pickle\b"):
            assert not re.search(banned, text), f"{path}: {banned}"
