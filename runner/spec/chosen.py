"""Which file a spec's name means: the user's own, or one that comes with the lab."""

from __future__ import annotations

import os
from pathlib import Path

from runner.paths import ROOT, SPEC
from runner.spec.problem import Problem, SpecError, listed

SUFFIXES = (".iolab.yaml", ".iolab.yml")
"""Beside experiments.yaml, which is too common a name for editors to know what is in it."""


def chosen(typed: str | os.PathLike[str] | None, here: Path = Path()) -> Path:
    """The file that is typed; where `here` has none of that name, the lab's own: experiments.yaml,
    labs/uring.yaml. Without a name experiments.yaml or the only *.iolab.yaml, else the lab's own
    experiments.yaml. Raises SpecError where there are several."""
    if typed is None:
        typed = _only(here)
    path = Path(typed)
    if os.path.lexists(here / path) or path.is_absolute() or ".." in path.parts:
        return path
    own = ROOT / path
    return own if path.suffix == ".yaml" and own.is_file() else path


def lent(path: Path) -> bool:
    """Whether it is the lab's own file, and not one below the working folder."""
    return path.is_absolute() and path.is_relative_to(ROOT)


def _only(here: Path) -> str:
    if os.path.lexists(here / SPEC.name):
        return SPEC.name
    named = sorted(each.name for suffix in SUFFIXES for each in here.glob(f"*{suffix}"))
    if len(named) > 1:
        what = f"which of {listed(named, 10)}?"
        raise SpecError([Problem(str(here), None, None, "", what, "", "type its name")])
    return named[0] if named else SPEC.name
