"""What is wrong with an assignment: its checks need what is not there, nothing has points.

`hide` comes before the classes validate, `check_assignment` after.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError

from runner.kinds import TRACE
from runner.spec.assignment import SERVERS, Assignment, ordered
from runner.spec.check import Problems
from runner.spec.problem import Key, WrongError, did_you_mean, listed
from runner.spec.source import Tree, as_written


def hide(tree: Tree) -> None:
    """Refuses what a file cannot say, because grading decides it, and marks the experiments of the
    file beside it as hidden."""
    if not isinstance(tree.data, dict):
        return
    if "servers" in tree.data:
        what = f"an assignment's servers are {' and '.join(SERVERS)}"
        tree.refuse(("servers",), WrongError(what, suggestion="delete it"), name=True)
    for key in _written(tree, ("hidden",)):
        instead = "hidden are the checks of hidden.yaml, and no others"
        wrong = WrongError("unknown key", instead, "delete it")
        tree.refuse(key, wrong, name=True)
    for key in _written(tree, ("server", "language")):
        what = "the servers are in the submission's language"
        expected = "assignment.languages says which may be used"
        tree.refuse(key, WrongError(what, expected, "delete it"), name=True)
    experiments = tree.data.get("experiments")
    if tree.beside is not None and isinstance(experiments, list):
        for experiment in experiments[tree.beside :]:
            if isinstance(experiment, dict):
                experiment["hidden"] = True


def _written(tree: Tree, below: Key) -> Iterator[Key]:
    """Where an experiment has the key `below`."""
    experiments = tree.data.get("experiments")
    for index in range(len(experiments) if isinstance(experiments, list) else 0):
        key: Key = ("experiments", index, *below)
        if as_written(tree.data, key) == key:
            yield key


def check_assignment(suite: Assignment) -> Problems:
    """Problems of an assignment whose checks are each a valid experiment."""
    yield from _needs(suite)
    for index, check in enumerate(suite.experiments):
        here: Key = ("experiments", index)
        for number, lab in enumerate(check.server.lab if check.server else ()):
            if lab.partition("/")[0] not in SERVERS:
                what = f"'{lab}' is not graded"
                wrong = WrongError(what, f"type {' or '.join(SERVERS)}", did_you_mean(lab, SERVERS))
                yield (*here, "server", "lab", number), wrong
        if check.proof and check.kind.name != TRACE.name:
            what = f"measure: {check.measure} records no system calls"
            yield (*here, "proof"), WrongError(what, "a proof needs them", "type measure: trace")
        if not check.expect and not check.proof:
            what, add = "a check without an expectation grades nothing", "add expect:"
            yield (*here, "expect"), WrongError(what, suggestion=add)
    if suite.experiments and not suite.points:
        what = "no check has points" if not _bonus(suite) else "every check with points is a bonus"
        wrong = WrongError(what, suggestion="add points: 10 to an expectation")
        yield ("experiments",), wrong


def _bonus(suite: Assignment) -> float:
    return sum(check.points for check in suite.experiments if check.bonus)


def _needs(suite: Assignment) -> Problems:
    known = [check.id for check in suite.experiments]
    if len(set(known)) < len(known):
        return  # a problem of its own
    wrongs: list[tuple[Key, WrongError]] = []
    for index, check in enumerate(suite.experiments):
        for number, needed in enumerate(check.needs):
            key: Key = ("experiments", index, "needs", number)
            if needed not in known:
                what = f"there is no check '{needed}'"
                near = did_you_mean(needed, known)
                wrongs.append((key, WrongError(what, f"there are {listed(known, 30)}", near)))
            elif check.needs.index(needed) != number:
                twice = WrongError(f"'{needed}' is listed twice", suggestion="list it once")
                wrongs.append((key, twice))
            elif check.hidden is False and suite.experiments[known.index(needed)].hidden:
                what = f"'{needed}' is hidden, and this check is public"
                instead = WrongError(what, "students run it alone", "move this one as well")
                wrongs.append((key, instead))
    yield from wrongs
    if wrongs:
        return
    try:
        ordered(suite.experiments)
    except CycleError as circle:
        names = circle.args[1]
        index = known.index(names[0])
        what = f"checks need each other in a circle: {' → '.join(reversed(names))}"
        yield ("experiments", index, "needs"), WrongError(what, suggestion="break the circle")
