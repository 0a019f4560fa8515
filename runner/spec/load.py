"""From a file to a validated suite or assignment, or to all that is wrong with it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from runner.spec.assignment import Assignment, Check
from runner.spec.check import (
    MISSING,
    check_bounds,
    check_experiment,
    check_ids,
    check_suite,
    check_work,
)
from runner.spec.check_assignment import check_assignment, hide
from runner.spec.effective import effective
from runner.spec.error_messages import refuse_empty, refuse_invalid
from runner.spec.include import gather
from runner.spec.labs import labs_root, missing_labs
from runner.spec.model import Experiment
from runner.spec.override import override
from runner.spec.own_files import missing_files
from runner.spec.own_folders import folders_of, missing_folders, names_wrong, with_language
from runner.spec.own_server import lacking
from runner.spec.own_use import misused
from runner.spec.problem import Key, Problem, SpecError, UnreadableError, WrongError, problem_at
from runner.spec.recorded import as_today
from runner.spec.source import Tree
from runner.spec.suite import Origin, Suite

S = TypeVar("S", bound=Suite)

HIDDEN = "hidden.yaml"
"""Beside the spec of an assignment: further checks, of which students see the titles alone."""


def load(
    path: str | os.PathLike[str],
    overrides: Iterable[str] = (),
    *,
    labs: bool = True,
    recorded: bool = False,
) -> Suite:
    """Read, validate and check a spec. Raises SpecError, and nothing else.

    `overrides` are texts such as "defaults.repeat=3". Without `labs` the labs need not exist; a
    `recorded` text is a run folder's, perhaps of an older runner, and its labs may be gone too: it
    may be an assignment's as well. It may be a stranger's, so no link and no `include` leads from
    it to another file.
    """
    file = Path(path)
    tree = _read(file, str(path), overrides, alone=recorded)
    if recorded:
        as_today(tree.data)
    kind: type[Suite] = Suite
    if isinstance(tree.data, dict) and "assignment" in tree.data:
        if not recorded:
            key: Key = ("assignment",)
            instead = "type runner grade with its folder"
            wrong = WrongError("this file is an assignment", suggestion=instead)
            raise SpecError([problem_at(tree.source.name_at(key), key, wrong)])
        kind = Assignment
    suite = _validated(tree, file, kind)
    # A recorded run is judged by the bounds that it was measured for, whatever they are.
    for key, wrong in check_bounds(suite) if suite and not recorded else ():
        tree.refuse(key, wrong)
    for key, wrong in _missing(suite) if suite and labs and not recorded else ():
        tree.refuse(key, wrong)
    return _without_problems(suite, tree, str(path))


def load_assignment(
    path: str | os.PathLike[str], overrides: Iterable[str] = (), *, hidden: bool = True
) -> Assignment:
    """Read, validate and check the spec of an assignment, with the hidden checks beside it unless
    they are not wanted. Raises SpecError, and nothing else. The labs need not exist: they are there
    when a submission is."""
    file = Path(path)
    wanted = hidden and os.path.lexists(file.with_name(HIDDEN))
    tree = _read(file, str(path), overrides, also=HIDDEN if wanted else None)
    hide(tree)
    suite = _validated(tree, file, Assignment)
    for key, wrong in (*check_bounds(suite), *check_assignment(suite)) if suite else ():
        tree.refuse(key, wrong)
    return _without_problems(suite, tree, str(path))


def _missing(suite: Suite) -> Iterator[tuple[Key, WrongError]]:
    """Labs and own servers that are not there."""
    yield from missing_folders(suite.servers, suite.folders)
    yield from missing_files(suite.servers, suite.base)
    yield from missing_labs(suite)


def _read(
    file: Path,
    name: str,
    overrides: Iterable[str],
    *,
    alone: bool = False,
    also: str | None = None,
) -> Tree:
    try:
        tree = gather(file, name, alone=alone, also=also)
    except UnreadableError as error:
        raise SpecError([error.problem]) from None
    if isinstance(tree.data, dict):
        for text in overrides:
            override(tree, text)
    return tree


def _without_problems(suite: S | None, tree: Tree, first: str) -> S:
    if suite is None or tree.problems:
        raise SpecError(_in_order(tree.problems, first))
    return suite


def check_labs(suite: Suite) -> None:
    """Raise SpecError unless every lab is there in the languages asked for."""
    problems = [problem_at(suite.source.at(key), key, wrong) for key, wrong in missing_labs(suite)]
    if problems:
        raise SpecError(problems)


def _validated(tree: Tree, file: Path, kind: type[S]) -> S | None:
    """The suite, or None where its form is wrong. What is wrong is noted in `tree`."""
    if not isinstance(tree.data, dict):
        return None
    refuse_empty(tree)
    suite = None
    try:
        suite = kind.model_validate(tree.data)
    except ValidationError as invalid:
        refuse_invalid(tree, invalid, kind)
    experiments = tree.data.get("experiments")
    written = experiments if isinstance(experiments, list) else []
    if experiments == [] and not tree.problems:
        tree.refuse(("experiments",), WrongError("no experiment", suggestion="add one"))
    each = Check if issubclass(kind, Assignment) else Experiment
    sound = list(enumerate(suite.experiments)) if suite else list(_sound(tree, written, each))
    for _, experiment in sound:
        experiment.beside(lacking(tree.data.get("servers")))
    for key, wrong in check_ids([_id_of(each) for each in written], tree.source):
        tree.refuse(key, wrong)
    absurd = list(check_work(sound))
    for key, wrong in absurd:
        tree.refuse(key, wrong)
    if absurd:
        return None
    for index, experiment in sound:
        for key, wrong in check_experiment(index, experiment):
            tree.refuse(key, wrong, name=wrong.what == MISSING)
    if suite is not None:
        base = file.parent.absolute()
        folders = folders_of(suite.servers, base)
        suite = suite.model_copy(update={"servers": with_language(suite.servers, folders)})
        digest = hashlib.sha256(effective(suite).encode()).hexdigest()
        suite._origin = Origin(file, labs_root(file), base, folders, digest, tree.source)  # noqa: SLF001
        for key, wrong in names_wrong(suite.servers, labs_root(file)):
            tree.refuse(key, wrong, name=True)
        for key, wrong in (*misused(suite), *check_suite(suite)):
            tree.refuse(key, wrong)
    return suite


def _sound(
    tree: Tree, written: list[object], kind: type[Experiment]
) -> Iterator[tuple[int, Experiment]]:
    """The experiments whose form is right, where another one's is not."""
    wrong_keys = {key[1] for key in tree.wrong_keys if len(key) > 1 and key[0] == "experiments"}
    for index, each in enumerate(written):
        with contextlib.suppress(ValidationError):
            if index not in wrong_keys:
                yield index, kind.model_validate(each)


def _id_of(experiment: object) -> str:
    identifier = experiment.get("id") if isinstance(experiment, dict) else None
    return identifier if isinstance(identifier, str) else ""


def _in_order(problems: list[Problem], first: str) -> list[Problem]:
    """By file, the first one first and --set last; in a file by line and column."""

    def order(problem: Problem) -> tuple[int, str, int, int]:
        rank = 0 if problem.file == first else 2 if problem.file.startswith("--set") else 1
        return rank, problem.file if rank < 2 else "", problem.line or 0, problem.column or 0

    return sorted(dict.fromkeys(problems), key=order)
