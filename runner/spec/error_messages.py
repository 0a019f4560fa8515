"""The validator's errors in plain words: what is wrong, and what to type instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from runner.spec.assignment import Assignment, Check, Task, Titles
from runner.spec.exchange import Exchange, Reply
from runner.spec.expect import KINDS
from runner.spec.fleet import Fleet
from runner.spec.matrix import Selector, Strict
from runner.spec.model import Defaults, Experiment, Limits, Probe, Server
from runner.spec.own_server import OwnServer, Ready
from runner.spec.problem import (
    Key,
    NotTextError,
    WrongError,
    clipped,
    did_you_mean,
    listed,
    nearest,
    shown,
)
from runner.spec.source import Tree, as_written, value_at
from runner.spec.suite import Suite
from runner.spec.variant import Full, Quick

Models = Mapping[str, type[Strict]]
_RESERVED = ("hidden",)
"""Keys that no file has."""
_KINDS = {kind.__name__: kind for kind in KINDS.values()}
_MODELS: dict[str, type[Strict]] = {
    **_KINDS,
    "": Suite,
    "defaults": Defaults,
    "experiments": Experiment,
    "server": Server,
    "fleet": Fleet,
    "exchange": Exchange,
    "reply": Reply,
    "limits": Limits,
    "quick": Quick,
    "full": Full,
    "probe": Probe,
    **dict.fromkeys(("of", "to", "exclude", "only", "adds"), Selector),
}
_GRADED: dict[str, type[Strict]] = {
    **_MODELS,
    "": Assignment,
    "experiments": Check,
    "assignment": Task,
    "title": Titles,
}
"""The same for an assignment."""
_HOMES = ("server", "fleet", "limits", "defaults")
_EXAMPLES = {
    "version": "version: 1",
    "experiments": "experiments: and a list of them",
    "id": "id: my-experiment",
    "title": "title: and the question in one line",
    "server": "server: {lab: epoll}",
    "lab": "lab: epoll",
    "of": "of: {lab: epoll}",
    "to": "to: {lab: poll}",
    "assignment": "assignment: {title: {en: …}, model: select, languages: [c], expected: 25s}",
    "en": "en: and the title in one line",
    "model": "model: select",
    "languages": "languages: [c, python]",
    "expected": "expected: 25s",
}
_MAPPINGS = {
    "assignment": "{title: {en: …}, model: select, languages: [c], expected: 25s}",
    "defaults": "{repeat: 5}",
    "experiments": "{id: my-experiment, title: …, server: {lab: epoll}}",
    "server": "{lab: epoll}",
    "servers": "{mine: {folder: ../my_server}}",
    "ready": "{port: true}",
    "fleet": "{idle: 900, active: 50}",
    "exchange": '{send: "PING\\r\\n", reply: {until: "\\r\\n"}}',
    "reply": '{until: "\\r\\n"}',
    "limits": "{nofile: 1024}",
    "quick": "{repeat: 1}",
    "full": "{repeat: 10}",
    "probe": "{name: wake_up}",
    "expect": "{metric: errors, of: {}, at_most: 0}",
    "title": "{en: An echo server with select}",
    **dict.fromkeys(("of", "to", "exclude", "only", "adds"), "{lab: epoll}"),
}


def refuse_empty(tree: Tree) -> None:
    """No key of a spec takes YAML's null, which is what a forgotten value is read as."""
    for key in tree.raw:
        if value_at(tree.data, key, default="") is None:
            wrong = WrongError("the key has no value", suggestion="type one, or delete the key")
            tree.refuse(key, wrong)


def refuse_invalid(tree: Tree, invalid: ValidationError, kind: type[Suite]) -> None:
    """Each error of pydantic as a problem of `tree`, which is to be a suite of this kind."""
    models = _GRADED if issubclass(kind, Assignment) else _MODELS
    errors = invalid.errors(include_url=False)
    meant = {_meant(error["loc"], models) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        location = error["loc"]
        key = tuple(part for part in location if part not in _KINDS)
        value = error["input"]
        match error["type"]:
            case "value_error":
                key = as_written(tree.data, key)
                tree.refuse(key, _surprise(tree, key, value, error["ctx"]["error"]))
            case "extra_forbidden":
                tree.refuse(key, _unknown(location, models), name=True)
            case "missing" if location in meant:
                pass  # misspelt, which is a problem already
            case "missing":
                example = _EXAMPLES.get(str(key[-1]), str(key[-1]))
                tree.refuse(key, WrongError("missing", suggestion=f"add {example}"), name=True)
            case fault:
                most = error.get("ctx", {}).get("max_length")
                tree.refuse(key, _misshapen(fault, key, value, most))


def _meant(location: Key, models: Models) -> Key:
    """What the unknown key at `location` was probably meant to be."""
    model = _model_at(location, models)
    return (*location[:-1], nearest(str(location[-1]), tuple(model.model_fields)))


def _model_at(location: Key, models: Models) -> type[Strict]:
    parents = [part for part in location[:-1] if isinstance(part, str)]
    if parents[:1] == ["servers"]:
        models = {**models, "ready": Ready}
        if len(parents) == 2:
            return OwnServer
    return models.get(parents[-1] if parents else "", models[""])


def _unknown(location: Key, models: Models) -> WrongError:
    name, model = str(location[-1]), _model_at(location, models)
    if model in _KINDS.values() and name in KINDS:
        return WrongError(
            "more than one of ratio, metric and finding",
            "an expectation has one of them",
            "delete one",
        )
    homes = [home for home in _HOMES if name in _MODELS[home].model_fields]
    if homes and model is not Selector:
        return WrongError("unknown key", suggestion=f"it belongs under '{homes[0]}'")
    known = [*model.model_fields, *(["include"] if issubclass(model, Suite) else [])]
    known = [each for each in known if each not in _RESERVED]
    near = did_you_mean(name, known)
    return WrongError("unknown key", suggestion=near or f"known here: {listed(known, 30)}")


def _surprise(tree: Tree, key: Key, value: Any, wrong: WrongError) -> WrongError:
    """Say so where YAML made something else of what was typed."""
    typed = tree.raw.get(key)
    if not isinstance(value, bool) or typed is None or typed == shown(value):
        return wrong
    what = f"YAML reads {typed} as {shown(value)}"
    quoted = f"if the word is meant, type '{typed}' in quotes"
    return WrongError(what, wrong.expected, quoted if isinstance(wrong, NotTextError) else "")


def _misshapen(kind: str, key: Key, value: Any, most: int | None) -> WrongError:
    name = next((part for part in reversed(key) if isinstance(part, str)), "")
    if kind == "too_long":
        return WrongError(f"{len(value)} entries are too many", f"at most {most}", "type fewer")
    if kind.startswith("tuple"):
        one = isinstance(value, str | int) and value
        instead = f"type [{clipped(str(value))}]" if one else "begin each entry with '- '"
        return WrongError(f"{shown(value)} where a list is needed", suggestion=instead)
    if kind == "union_tag_not_found" and isinstance(value, dict):
        near: Iterable[str] = (did_you_mean(given, KINDS) for given in value)
        suggestion = next((each for each in near if each), "type metric: errors or ratio: rate")
        return WrongError(
            "no ratio, metric or finding", "an expectation has one of them", suggestion
        )
    if kind.startswith(("model", "union_tag")):
        own = len(key) == 2 and key[0] == "servers"
        typed = value if isinstance(value, str) and value.strip() else "../my_server"
        known = f"{{folder: {clipped(typed, 80)}}}" if own else _MAPPINGS.get(name)
        example = f"type {known}" if known else ""
        return WrongError(f"{shown(value)} where a mapping is needed", suggestion=example)
    if key == ("servers",):
        what, example = (
            f"{shown(value)} where a mapping is needed",
            "{mine: {folder: ../my_server}}",
        )
        return WrongError(what, "each server has a name", f"type {example}")
    return WrongError(f"{shown(value)} does not fit here")
