"""What an experiment may do with own servers that are no folders."""

from __future__ import annotations

from collections.abc import Iterator

from runner.kinds import KINDS
from runner.spec.problem import Key, WrongError, listed
from runner.spec.suite import Suite

_FROM_OUTSIDE = ("fleet",)
"""The tools of a kind that sees a server by its replies alone."""


def misused(suite: Suite) -> Iterator[tuple[Key, WrongError]]:
    """Servers in experiments that cannot measure them."""
    for index, experiment in enumerate(suite.experiments):
        kind = experiment.kind
        for number, lab in enumerate(experiment.server.lab if experiment.server else ()):
            own = suite.servers.get(lab)
            if own is None or own.folder is not None:
                continue
            key: Key = ("experiments", index, "server", "lab", number)
            if "case" in kind.axes:
                what = f"'{lab}' is no folder, and only a folder keeps the contract"
                yield key, WrongError(what, suggestion="take it out of the list")
            elif own.connect and kind.tools != _FROM_OUTSIDE:
                what = f"'{lab}' is an address, whose processes are not observed"
                known = [name for name, each in KINDS.items() if each.tools == _FROM_OUTSIDE]
                expected = f"it can be in measure: {listed(known)}"
                yield key, WrongError(what, expected, "take it out of the list")
