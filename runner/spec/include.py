"""Several files as one tree: `include: [other.yaml]` adds the experiments of other files."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from runner.spec.compose import MAX_NODES
from runner.spec.problem import (
    Key,
    Position,
    Problem,
    UnreadableError,
    WrongError,
    clipped,
    did_you_mean,
    listed,
    problem_at,
    shown,
)
from runner.spec.source import Tree, read

MAX_NESTED = 4
MAX_FILES = 32
MAX_SIZE = 2 << 20
_KEYS = ("version", "include", "experiments")


def gather(path: Path, name: str, *, alone: bool = False, also: str | None = None) -> Tree:
    """The file and all that it includes: its own experiments first, then theirs, in order, and at
    the end those of the file `also` beside it, which no file includes. `alone` refuses what would
    lead to another file: a link, an include."""
    if alone and path.is_symlink():
        raise UnreadableError(Position(name), WrongError("this is a link", "a run folder has none"))
    tree = read(path, name)
    if not isinstance(tree.data, dict):
        what = f"{shown(tree.data)} where a mapping is needed"
        tree.refuse((), WrongError(what, suggestion="begin with version: 1"))
        return tree
    if alone and "include" in tree.data:
        wrong = WrongError("unknown key", "a recorded spec has every include filled in")
        tree.refuse(("include",), wrong, name=True)
        return tree
    own = tree.data.get("experiments")
    tree.indices = list(range(len(own))) if isinstance(own, list) else []
    try:
        root = _resolved(path)
    except WrongError as wrong:
        raise UnreadableError(Position(name), wrong) from None
    gathering = _Gathering(tree, root)
    gathering.add(tree, (root,), (name,))
    if also is not None:
        gathering.append_beside(also, root, name)
    if tree.data.pop("include", None) is not None:
        tree.data.setdefault("experiments", [])
    return tree


class _Gathering:
    def __init__(self, whole: Tree, root: Path) -> None:
        self.whole = whole
        self.folder = root.parent
        self.seen = {root}
        self.nodes, self.size = len(whole.values), whole.size

    def add(self, tree: Tree, chain: tuple[Path, ...], names: tuple[str, ...]) -> None:
        """Add what `tree` includes; `chain` and `names` are the files that led here."""
        listed_files = tree.data.get("include", [])
        several = isinstance(listed_files, list)
        for index, named in enumerate(listed_files if several else [listed_files]):
            key: Key = ("include", index) if several else ("include",)
            position = tree.source.at(key)
            try:
                path = self._allowed(named, chain, names)
                name = os.path.normpath(Path(names[-1]).parent / str(named))
                self._merge(path, name, chain, names)
            except WrongError as wrong:
                self.whole.problems.append(problem_at(position, key, wrong))
            except UnreadableError as error:
                self.whole.problems.append(self._unread(error.problem, position, key))

    def append_beside(self, also: str, root: Path, name: str) -> None:
        """Add the experiments of a file that no line names: its faults have a place of their own,
        or are those of the file as a whole."""
        experiments = self.whole.data.get("experiments")
        self.whole.beside = len(experiments) if isinstance(experiments, list) else 0
        shown_name = os.path.normpath(Path(name).parent / also)
        try:
            path = self._allowed(also, (root,), (name,))
            self._merge(path, shown_name, (root,), (name,))
        except WrongError as wrong:
            self.whole.problems.append(problem_at(Position(shown_name), (), wrong))
        except UnreadableError as error:
            self.whole.problems.append(error.problem)

    def _unread(self, problem: Problem, position: Position, key: Key) -> Problem:
        """A missing file is a mistake in the line that names it."""
        if problem.line is not None:
            return problem
        what = f"{clipped(problem.file, 80)}: {problem.what}"
        return problem_at(position, key, WrongError(what, problem.expected, problem.suggestion))

    def _allowed(self, named: Any, chain: tuple[Path, ...], names: tuple[str, ...]) -> Path:
        if not isinstance(named, str) or not named.strip():
            raise WrongError(f"{shown(named)} is not a file's name", "type a name such as my.yaml")
        if PurePosixPath(named).is_absolute() or PureWindowsPath(named).anchor:
            raise WrongError(f"{shown(named)} is absolute", "type a path in the spec's folder")
        inside = os.path.normpath(chain[-1].parent / named)
        path = _resolved(Path(inside))
        if not Path(inside).is_relative_to(self.folder):
            raise WrongError(f"{shown(named)} leads out of the spec's folder", "stay inside it")
        if not path.is_relative_to(self.folder):
            raise WrongError(f"{shown(named)} is a link out of the spec's folder", "stay inside it")
        if path in chain:
            loop = " → ".join((*names[chain.index(path) :], names[chain.index(path)]))
            raise WrongError(f"a file includes itself: {loop}", suggestion="break the circle")
        if path in self.seen:
            raise WrongError(f"{shown(named)} is included already", suggestion="include it once")
        if len(chain) > MAX_NESTED:
            raise WrongError("included too deep", f"at most {MAX_NESTED} levels")
        if len(self.seen) >= MAX_FILES:
            raise WrongError("too many files", f"at most {MAX_FILES}")
        return path

    def _merge(
        self, path: Path, name: str, chain: tuple[Path, ...], names: tuple[str, ...]
    ) -> None:
        self.seen.add(path)
        tree = read(path, name)
        self.nodes += len(tree.values)
        self.size += tree.size
        if self.nodes > MAX_NODES or self.size > MAX_SIZE:
            raise WrongError("all files together are too large", "a suite is smaller")
        self._check(tree)
        if isinstance(tree.data, dict):
            self._append(tree)
            self.add(tree, (*chain, path), (*names, name))

    def _check(self, tree: Tree) -> None:
        """The top of an included file, which no class validates."""
        self.whole.problems += tree.problems
        tree.problems = []
        data = tree.data
        if not isinstance(data, dict):
            what = f"{shown(data)} where a mapping is needed"
            tree.refuse((), WrongError(what, suggestion="begin with version: 1"))
        else:
            for key in data:
                if key == "defaults":
                    wrong = WrongError(
                        "only the first file has defaults",
                        suggestion="give these experiments their own repeat, warmup, duration",
                    )
                    tree.refuse((key,), wrong, name=True)
                elif key == "servers":
                    wrong = WrongError(
                        "only the first file has servers", suggestion="move them to that file"
                    )
                    tree.refuse((key,), wrong, name=True)
                elif key not in _KEYS:
                    near = did_you_mean(key, _KEYS) or f"known here: {listed(_KEYS)}"
                    tree.refuse((key,), WrongError("unknown key", suggestion=near), name=True)
            if data.get("version") != 1 or isinstance(data["version"], bool):
                wrong = WrongError(
                    "an included file needs a version too", suggestion="add version: 1"
                )
                tree.refuse(("version",), wrong, name=True)
            if not isinstance(data.get("experiments", []), list):
                tree.refuse(("experiments",), WrongError("a list is needed here"))
        self.whole.problems += tree.problems

    def _append(self, tree: Tree) -> None:
        """Move the experiments of `tree` behind those that are there."""
        added = tree.data.get("experiments", [])
        there = self.whole.data.setdefault("experiments", [])
        if not isinstance(there, list) or not isinstance(added, list):
            return
        shift = len(there)
        there += added
        self.whole.indices += range(len(added))
        places: tuple[tuple[dict[Key, Position], dict[Key, Position]], ...] = (
            (tree.values, self.whole.values),
            (tree.names, self.whole.names),
        )
        for old, new in places:
            new |= {
                _moved(key, shift): position for key, position in old.items() if _is_inside(key)
            }
        self.whole.raw |= {_moved(k, shift): text for k, text in tree.raw.items() if _is_inside(k)}
        self.whole.wrong_keys |= {_moved(key, shift) for key in tree.wrong_keys if _is_inside(key)}


def _is_inside(key: Key) -> bool:
    return len(key) > 1 and key[0] == "experiments"


def _moved(key: Key, shift: int) -> Key:
    index = key[1]
    return ("experiments", index + shift if isinstance(index, int) else index, *key[2:])


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        raise WrongError(
            f"{shown(str(path))} cannot be followed", "is it a circle of links?"
        ) from None
