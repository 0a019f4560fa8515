"""One direction: spec, plan, engine, measure, judge, report, cli. Read off the imports."""

from __future__ import annotations

import ast
import re
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

ORDER = (
    "paths",
    "untrusted",
    "stats",
    "spec",
    "engine",
    "plan",
    "records",
    "trace",
    "machine",
    "measure",
    "judge",
    "claims",
    "report",
    "compare",
    "results",
    "session",
    "cli",
)
"""A stage may import those before it, and itself."""

PURE = ("plan", "records", "judge", "claims", "report", "stats", "trace")
WORLD = {"os", "subprocess", "time", "socket", "docker", "resource", "signal"}


def stage(module: str) -> str:
    return module.split(".")[1] if module.startswith("runner.") else ""


def imports(path: Path) -> set[str]:
    """Full names of all that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_flow_one_way(path: Path) -> None:
    own = stage(module_of(path))
    if not own:
        return
    assert own in ORDER, f"{own} has no place in the pipeline: give it one in this test"
    for name in imports(path):
        other = stage(name)
        if other:
            assert other in ORDER, f"{path} imports {name}"
            assert ORDER.index(other) <= ORDER.index(own), f"{path} imports {name}: upstream"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_pure_stages_touch_no_world(path: Path) -> None:
    if stage(module_of(path)) not in PURE:
        return
    touched = {name for name in imports(path) if name.split(".")[0] in WORLD}
    assert not touched, f"{path} imports {touched}"
    engines = {n for n in imports(path) if n.startswith("runner.engine.")} - {
        "runner.engine.box.Usage"
    }
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
