"""YAML to plain data, with the position of every key.

YAML is a large language. What surprises in it (duplicate keys, `1:30` as a number, tags) or attacks
with it (aliases that multiply, cycles) is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runner.spec.compose import MAX_DEPTH, MAX_NODES, Alias, compose, position_of
from runner.spec.problem import (
    Key,
    Position,
    Problem,
    Source,
    UnreadableError,
    WrongError,
    clipped,
    problem_at,
)
from runner.spec.text import UNFIT, text_of
from runner.spec.wire import is_wire, quoted

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)", re.ASCII)


@dataclass(slots=True)
class Tree:
    """One YAML text as dicts, lists, text, numbers and booleans, with what is wrong in it."""

    data: Any = None
    values: dict[Key, Position] = field(default_factory=dict)
    names: dict[Key, Position] = field(default_factory=dict)
    raw: dict[Key, str] = field(default_factory=dict)
    """What was typed for a boolean or an empty value."""
    size: int = 0
    """How many characters the text had."""
    indices: list[int] = field(default_factory=list)
    """Of each experiment: which one it is in its own file, where files are included."""
    beside: int | None = None
    """The index of the first experiment of the file beside this one, where one was added."""
    problems: list[Problem] = field(default_factory=list)
    wrong_keys: set[Key] = field(default_factory=set)
    """Keys that have a problem already: further problems of them are not reported."""

    @property
    def source(self) -> Source:
        return Source(self.values, self.names)

    def refuse(self, key: Key, wrong: WrongError, *, name: bool = False) -> None:
        """Note a problem with the value at `key`, or with the key's own name or absence."""
        if name:
            self.refuse_at(self.source.name_at(key), key, wrong)
        else:
            key = as_written(self.data, key)
            self.refuse_at(self.source.at(key), key, wrong)

    def refuse_at(self, position: Position, key: Key, wrong: WrongError) -> None:
        if any(key[:length] in self.wrong_keys for length in range(len(key) + 1)):
            return
        self.wrong_keys.add(key)
        self.problems.append(problem_at(position, self._local(key), wrong))

    def _local(self, key: Key) -> Key:
        if len(key) > 1 and key[0] == "experiments" and isinstance(key[1], int) and self.indices:
            return (key[0], self.indices[key[1]], *key[2:])
        return key


def read(path: Path, shown: str) -> Tree:
    """Read a file that messages call `shown`. Raises UnreadableError."""
    text = text_of(path, shown)
    tree = parse(text, shown)
    tree.size = len(text)
    return tree


def parse(text: str, shown: str, below: Key = ()) -> Tree:
    """Read YAML text, the value of the key `below`. Raises UnreadableError where its data cannot be
    known."""
    return _Walk(shown, text, below).whole(compose(text, shown))


def as_written(data: Any, key: Key) -> Key:
    """`key` as far as it is in the data: one value in place of a list has no index."""
    for length, part in enumerate(key):
        inside = isinstance(data, dict) and part in data
        inside = inside or (isinstance(data, list) and isinstance(part, int) and part < len(data))
        if not inside:
            return key[:length]
        data = data[part]
    return key


def value_at(data: Any, key: Key, default: object) -> Any:
    if as_written(data, key) != key:
        return default
    for part in key:
        data = data[part]
    return data


class _Walk:
    """Nodes to data. Bounds what aliases expand to, because here they are followed."""

    def __init__(self, shown: str, written: str, below: Key) -> None:
        self.tree = Tree()
        self._shown = shown
        self._written = written
        self._below = below
        self._left = MAX_NODES
        self._open: set[int] = set()
        self._via: Position | None = None

    def whole(self, root: yaml.Node) -> Tree:
        self.tree.data = self._value(root, ())
        return self.tree

    def _value(self, node: yaml.Node, key: Key, position: Position | None = None) -> Any:
        position = position or self._position_of(node)
        if isinstance(node, Alias):
            outermost, self._via = self._via, self._via or position
            value = self._value(node.target, key, position)
            self._via = outermost
            return value
        self._left -= 1
        if self._left < 0:
            wrong = WrongError(
                f"aliases that expand to more than {MAX_NODES} values", "a spec is smaller"
            )
            raise UnreadableError(self._via or position, wrong)
        if id(node) in self._open:
            raise UnreadableError(
                position,
                WrongError("an alias that contains itself", suggestion="write it out"),
                key,
            )
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableError(
                position, WrongError("nested too deep", f"at most {MAX_DEPTH} levels"), key
            )
        self._open.add(id(node))
        value = self._built(node, key, position)
        self._open.remove(id(node))
        self.tree.values[key] = position
        return value

    def _built(self, node: yaml.Node, key: Key, position: Position) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self._value(item, (*key, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.style == '"' and is_wire(self._below + key):
            return self._wire(node, key, position)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key, position)
        self._tagged(node.tag, key, position)
        return None

    def _scalar(self, node: yaml.ScalarNode, key: Key, position: Position) -> Any:
        text = node.value
        unfit = UNFIT.search(text)
        if unfit:
            code = f"control character U+{ord(unfit[0]):04X}"
            self._refuse(position, key, WrongError(code, suggestion="delete it"))
            return ""
        match kind := node.tag.removeprefix(_TAG):
            case "str" | "timestamp" | "value":
                return text
            case "null" | "bool":
                self.tree.raw[key] = text
                return None if kind == "null" else text.lower() in ("yes", "true", "on")
            case "int":  # 1:30, 0x1F and 010 are numbers to YAML, and typing errors here
                return int(text) if _INT.fullmatch(text) and len(text) < 100 else text
            case "float":
                return _float(text)
        self._tagged(node.tag, key, position)
        return None

    def _wire(self, node: yaml.ScalarNode, key: Key, position: Position) -> bytes:
        """Exact bytes: an anchor may stand before the quotes."""
        scalar = self._written[node.start_mark.index : node.end_mark.index]
        try:
            return quoted(scalar[scalar.index('"') :])
        except WrongError as wrong:
            self._refuse(position, key, wrong)
            return b""

    def _tagged(self, tag: str, key: Key, position: Position) -> None:
        short = clipped(tag.replace(_TAG, "!!"))
        self._refuse(
            position, key, WrongError(f"the tag {short}", "tags are not allowed", "delete it")
        )

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        own: list[tuple[str, yaml.Node, Position]] = []
        merged: dict[str, Any] = {}
        first: dict[str, Position] = {}
        for name_node, value in node.value:
            position = self._position_of(name_node)
            name = self._name(name_node, key, position)
            if name is None:
                continue
            if name in first:
                wrong = WrongError(
                    f"duplicate key, first used in line {first[name].line}",
                    suggestion="delete one of them",
                )
                self._refuse(position, (*key, name), wrong)
            elif name_node.tag == _TAG + "merge":
                merged = self._merged(value, key)
            else:
                own.append((name, value, position))
            first.setdefault(name, position)
        for name, value, position in own:
            merged[name] = self._value(value, (*key, name))
            self.tree.names[*key, name] = position
        return merged

    def _name(self, node: yaml.Node, key: Key, position: Position) -> str | None:
        target = node.target if isinstance(node, Alias) else node
        if isinstance(target, yaml.ScalarNode) and target.tag in (_TAG + "str", _TAG + "merge"):
            if not UNFIT.search(target.value):
                return str(target.value)
            wrong = WrongError("a control character in a key", suggestion="delete it")
        elif isinstance(target, yaml.ScalarNode):
            name = clipped(target.value)
            wrong = WrongError("this key is not text", suggestion=f"type '{name}' in quotes")
            self._refuse(position, (*key, name), wrong)
            return None
        else:
            wrong = WrongError("a key that is a list or a mapping", "a key is one word")
        self.tree.problems.append(problem_at(position, key, wrong))
        return None

    def _merged(self, node: yaml.Node, key: Key) -> dict[str, Any]:
        """What `<<` brings: of several mappings, the first one that has a key wins."""
        target = node.target if isinstance(node, Alias) else node
        parts = target.value if isinstance(target, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for part in reversed(parts):
            value = self._value(part, key)
            if isinstance(value, Mapping):
                merged |= value
            else:
                wrong = WrongError("'<<' merges only mappings", suggestion="type <<: *anchor")
                self._refuse(self._position_of(node), (*key, "<<"), wrong)
        return merged

    def _position_of(self, node: yaml.Node) -> Position:
        return position_of(node.start_mark, self._shown)

    def _refuse(self, position: Position, key: Key, wrong: WrongError) -> None:
        self.tree.refuse_at(position, key, wrong)


def _float(text: str) -> float | str:
    try:
        return float(text.replace("_", ""))
    except ValueError:  # .inf, .nan, 1:30.5
        return text
