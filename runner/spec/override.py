"""`--set a.b=c`: one value in place of another, before anything is validated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runner.spec.problem import (
    Key,
    Position,
    UnreadableError,
    WrongError,
    clipped,
    did_you_mean,
    listed,
    problem_at,
    shown,
    written,
)
from runner.spec.source import Tree, parse


def override(tree: Tree, text: str) -> None:
    """Set what `text` says in `tree`; what is wrong with it is a problem of the tree."""
    position = Position(f"--set {clipped(text, 80)}")
    path, equals, value = text.partition("=")
    parts = path.strip().split(".")
    if not equals or not all(parts):
        wrong = WrongError("not KEY=VALUE", suggestion="type a key such as defaults.repeat=3")
        tree.problems.append(problem_at(position, (), wrong))
        return
    try:
        if parts[0] == "include":
            raise WrongError("include cannot be set", "write it into the file")
        if not value.strip():
            raise WrongError("no value after '='", suggestion="type a value")
        _set(tree, parts, parse(value, position.file, tuple(parts)), position)
    except WrongError as wrong:
        tree.problems.append(problem_at(position, (), wrong))
    except UnreadableError as error:  # the column of a value on the command line tells nothing
        tree.problems.append(replace(error.problem, line=None, column=None))


def _set(tree: Tree, parts: list[str], value: Tree, position: Position) -> None:
    container: Any = tree.data
    key: Key = ()
    for part in parts[:-1]:
        step = _step(container, key, part)
        key = (*key, step)
        if isinstance(container, dict) and step not in container:
            container[step] = {}
            tree.values[key] = tree.names[key] = position
        container = container[step]
    step = _step(container, key, parts[-1])
    key = (*key, step)
    container[step] = value.data
    for places in (tree.values, tree.names, tree.raw):
        for old in [old for old in places if old[: len(key)] == key]:
            del places[old]
    tree.values |= {(*key, *inner): position for inner in value.values}
    tree.names |= {(*key, *inner): position for inner in value.names} | {key: position}
    tree.raw |= {(*key, *inner): text for inner, text in value.raw.items()}
    tree.wrong_keys = {old for old in tree.wrong_keys if old[: len(key)] != key}
    tree.problems += [replace(each, line=None, column=None) for each in value.problems]


def _step(container: Any, key: Key, part: str) -> str | int:
    """The next step of a path: a key of a mapping, an index of a list, or the id of its entry."""
    if isinstance(container, dict):
        return part
    if not isinstance(container, list):
        raise WrongError(f"{written(key)} is {shown(container)}: it has no '{clipped(part)}'")
    if part.isdecimal() and part.isascii() and len(part) < 6 and int(part) < len(container):
        return int(part)
    ids = [str(entry.get("id")) if isinstance(entry, dict) else "" for entry in container]
    if part in ids:
        return ids.index(part)
    known = [identifier for identifier in ids if identifier]
    what = f"by id: {listed(known)}" if known else f"by number: 0 to {len(container) - 1}"
    raise WrongError(
        f"{written(key)} has no '{clipped(part)}'", f"name one {what}", did_you_mean(part, known)
    )
