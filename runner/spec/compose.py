"""YAML text to nodes, each with its position: PyYAML's safe loader, with bounds.

A short text can ask for much: depth exhausts the stack, aliases multiply. What is beyond the bounds
is refused while it is read, before anything is built.
"""

from __future__ import annotations

from typing import Any

import yaml

from runner.spec.problem import Position, UnreadableError, WrongError, clipped, did_you_mean

MAX_DEPTH = 32
MAX_NODES = 20_000
MAX_ALIASES = 100
_SYNTAX = {
    "mapping values are not allowed": WrongError(
        "a ':' where no key can be", "check the indentation, or quote the text"
    ),
    r"character '\t'": WrongError("a tab in the indentation", "YAML indents by spaces"),
    "expected ',' or ']'": WrongError("a list that is not closed", "type ',' or ']'"),
    "expected ',' or '}'": WrongError("a mapping that is not closed", "type ',' or '}'"),
    "could not find expected ':'": WrongError(
        "a line that is not 'key: value'", "type ':' and a value"
    ),
    "while scanning a quoted scalar": WrongError(
        "a quote that is not closed", "type the other quote"
    ),
    "expected <block end>": WrongError(
        "a line that does not fit the ones above", "check the indentation, or quote the text"
    ),
    "expected the node content": WrongError(
        "no value where one is needed", "close every [ and {", "quote text with special characters"
    ),
    "that cannot start any token": WrongError(
        "a character that YAML reserves", suggestion="put the text in quotes"
    ),
    "expected a single document": WrongError(
        "a second document", "a spec is one document", "delete the '---'"
    ),
    "found duplicate anchor": WrongError("an anchor that exists already", "give it another name"),
}

_BEGUN = {  # what is left open is mended where it begins, not where the file ends
    "expected ',' or ']'",
    "expected ',' or '}'",
    "could not find expected ':'",
    "while scanning a quoted scalar",
}


def compose(text: str, shown: str) -> yaml.Node:
    """The one document in `text`. Raises UnreadableError."""
    try:
        root = _Loader(text, shown).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise UnreadableError(*_syntax(error, shown)) from None
    except (yaml.YAMLError, ValueError, OverflowError, IndexError) as error:
        wrong = WrongError("this is not YAML", clipped(str(error).split("\n")[0], 80))
        raise UnreadableError(Position(shown), wrong) from None
    if root is None:
        wrong = WrongError("the file is empty", suggestion="begin with version: 1")
        raise UnreadableError(Position(shown, 1, 1), wrong)
    return root


def position_of(mark: yaml.Mark | None, shown: str) -> Position:
    return Position(shown, mark.line + 1, mark.column + 1) if mark else Position(shown)


class Alias(yaml.Node):
    """An alias that remembers where it stands; PyYAML would put the anchor's node in its place."""

    def __init__(self, target: Any, mark: yaml.Mark) -> None:
        self.tag, self.target, self.start_mark, self.end_mark = "", target, mark, mark


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with bounds on depth, on the number of nodes, and on aliases."""

    def __init__(self, text: str, shown: str) -> None:
        super().__init__(text)
        self.shown = shown
        self.depth = self.nodes = self.aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        position = position_of(mark, self.shown)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise UnreadableError(
                position, WrongError(f"more than {MAX_NODES} values", "a spec is smaller")
            )
        if self.check_event(yaml.AliasEvent):
            return self._alias(parent, index, mark, position)
        if self.depth >= MAX_DEPTH:
            raise UnreadableError(
                position, WrongError("nested too deep", f"at most {MAX_DEPTH} levels")
            )
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _alias(
        self, parent: yaml.Node | None, index: int, mark: yaml.Mark, position: Position
    ) -> Alias:
        self.aliases += 1
        name = self.peek_event().anchor  # type: ignore[no-untyped-call]
        if self.aliases > MAX_ALIASES:
            raise UnreadableError(
                position, WrongError("too many aliases", f"at most {MAX_ALIASES}")
            )
        if name not in self.anchors:
            what = f"'*{clipped(name)}' names no anchor"
            near = did_you_mean(name, self.anchors)
            raise UnreadableError(
                position, WrongError(what, f"type &{clipped(name)} before it", near)
            )
        return Alias(super().compose_node(parent, index), mark)


def _syntax(error: yaml.MarkedYAMLError, shown: str) -> tuple[Position, WrongError]:
    message = f"{error.context or ''}: {error.problem or ''}"
    position = position_of(error.problem_mark, shown)
    for words, wrong in _SYNTAX.items():
        if words in message:
            return (position_of(error.context_mark, shown) if words in _BEGUN else position), wrong
    return position, WrongError("this is not YAML", clipped(error.problem or message, 80))
