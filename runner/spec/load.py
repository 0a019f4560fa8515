"""From a file to a validated suite, or to all that is wrong with it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from runner.spec.check import MISSING, check_experiment, check_ids, check_suite, check_work
from runner.spec.effective import effective
from runner.spec.error_messages import refuse_empty, refuse_invalid
from runner.spec.include import gather
from runner.spec.labs import labs_root, missing_labs
from runner.spec.model import Experiment, Origin, Suite
from runner.spec.override import override
from runner.spec.problem import Problem, SpecError, UnreadableError, WrongError, problem_at
from runner.spec.recorded import as_today
from runner.spec.source import Tree


def load(
    path: str | os.PathLike[str],
    overrides: Iterable[str] = (),
    *,
    labs: bool = True,
    recorded: bool = False,
) -> Suite:
    """Read, validate and check a spec. Raises SpecError, and nothing else.

    `overrides` are texts such as "defaults.repeat=3". Without `labs` the labs need not exist; a
    `recorded` text is a run folder's, perhaps of an older runner, and its labs may be gone too. It
    may be a stranger's as well, so no link and no `include` leads from it to another file.
    """
    file = Path(path)
    try:
        tree = gather(file, str(path), alone=recorded)
    except UnreadableError as error:
        raise SpecError([error.problem]) from None
    if isinstance(tree.data, dict):
        for text in overrides:
            override(tree, text)
    if recorded:
        as_today(tree.data)
    suite = _validated(tree, file)
    if suite is not None:
        for key, wrong in check_suite(suite):
            tree.refuse(key, wrong)
        for key, wrong in missing_labs(suite) if labs and not recorded else ():
            tree.refuse(key, wrong)
    if suite is None or tree.problems:
        raise SpecError(_in_order(tree.problems, str(path)))
    return suite


def check_labs(suite: Suite) -> None:
    """Raise SpecError unless every lab is there in the languages asked for."""
    problems = [problem_at(suite.source.at(key), key, wrong) for key, wrong in missing_labs(suite)]
    if problems:
        raise SpecError(problems)


def _validated(tree: Tree, file: Path) -> Suite | None:
    """The suite, or None where its form is wrong. What is wrong is noted in `tree`."""
    if not isinstance(tree.data, dict):
        return None
    refuse_empty(tree)
    suite = None
    try:
        suite = Suite.model_validate(tree.data)
    except ValidationError as invalid:
        refuse_invalid(tree, invalid)
    experiments = tree.data.get("experiments")
    written = experiments if isinstance(experiments, list) else []
    if experiments == [] and not tree.problems:
        tree.refuse(("experiments",), WrongError("no experiment", suggestion="add one"))
    sound = list(enumerate(suite.experiments)) if suite else list(_sound(tree, written))
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
        digest = hashlib.sha256(effective(suite).encode()).hexdigest()
        suite._origin = Origin(file, labs_root(file), digest, tree.source)  # noqa: SLF001
    return suite


def _sound(tree: Tree, written: list[object]) -> Iterator[tuple[int, Experiment]]:
    """The experiments whose form is right, where another one's is not."""
    spoilt = {key[1] for key in tree.spoilt if len(key) > 1 and key[0] == "experiments"}
    for index, each in enumerate(written):
        with contextlib.suppress(ValidationError):
            if index not in spoilt:
                yield index, Experiment.model_validate(each)


def _id_of(experiment: object) -> str:
    identifier = experiment.get("id") if isinstance(experiment, dict) else None
    return identifier if isinstance(identifier, str) else ""


def _in_order(problems: list[Problem], first: str) -> list[Problem]:
    """By file, the first one first and --set last; in a file by line and column."""

    def order(problem: Problem) -> tuple[int, str, int, int]:
        rank = 0 if problem.file == first else 2 if problem.file.startswith("--set") else 1
        return rank, problem.file if rank < 2 else "", problem.line or 0, problem.column or 0

    return sorted(dict.fromkeys(problems), key=order)
