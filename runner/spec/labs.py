"""Whether the labs that a suite names are there, in the languages it asks for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from runner.paths import LABS
from runner.spec.foreign_labs import NAMED, THREE, named_lines
from runner.spec.model import Experiment
from runner.spec.problem import Key, WrongError, did_you_mean, listed
from runner.spec.suite import Suite

SERVERS = {"c": "server.c", "python": "server.py", "dockerfile": "Dockerfile"}
_FORM = "server_*.py"
"""Another form of the same model. There is none in C, where all sources of a folder are one."""
_PROBES = {"c": "probe.c", "python": "probe.py"}


def labs_root(path: Path) -> Path:
    """`labs` beside the spec where there is such a folder, else the project's own."""
    beside = path.parent / "labs"
    return beside if beside.is_dir() else LABS


def probes_root(labs: Path) -> Path:
    """`probes` below the labs where there is such a folder, else the project's own."""
    below = labs / "probes"
    return below if below.is_dir() else LABS / "probes"


def missing_labs(suite: Suite) -> Iterator[tuple[Key, WrongError]]:
    """What `suite` asks for, and neither `suite.labs_root` nor its probes hold."""
    labs = _Folders("lab", suite.labs_root, SERVERS)
    probes = _Folders("probe", probes_root(suite.labs_root), _PROBES)
    for index, experiment in enumerate(suite.experiments):
        here: Key = ("experiments", index)
        if experiment.server is not None:
            languages = _languages(experiment, "lab")
            for lab in suite.servers:
                languages.pop(lab, None)
            key: Key = (*here, "server", "lab")
            for at, wrong in labs.missing(key, experiment.server.lab, languages):
                number = at[-1]
                assert isinstance(number, int)  # noqa: S101 - it numbers the labs
                yield at, _with_own(wrong, experiment.server.lab[number], suite)
        if experiment.probe is not None:
            languages = _languages(experiment, "probe")
            if experiment.server is not None:  # the language is the server's
                languages = {name: [] for name in languages}
            yield from probes.missing((*here, "probe", "name"), experiment.probe.name, languages)


def _with_own(wrong: WrongError, name: str, suite: Suite) -> WrongError:
    """The message about a lab that is not there, where one of `servers` or a folder beside the spec
    may be meant."""
    own = tuple(suite.servers)
    if near := did_you_mean(name, own):
        return WrongError(wrong.what, f"`servers` has {listed(own)}", near)
    if (suite.path.parent / name).is_dir() and wrong.what.startswith("there is no lab"):
        what = f"'{name}' is a folder beside the spec, not a lab's name"
        return WrongError(what, NAMED, f"write {THREE}", lines=named_lines(name))
    return wrong


class _Folders:
    """A folder of labs or of probes, each with the languages it exists in."""

    def __init__(self, noun: str, root: Path, sources: Mapping[str, str]) -> None:
        self.noun, self.sources = noun, sources
        self.name = root.name if noun == "lab" else f"{root.parent.name}/{root.name}"
        try:
            folders = sorted(root.iterdir())
        except OSError:
            folders = []
        there: dict[str, list[str]] = {}
        for folder in folders:
            # What is wrong with a source that is there, the engine says, of that lab alone.
            there[folder.name] = [
                word for word, name in sources.items() if os.path.lexists(folder / name)
            ]
            for path in sorted(folder.glob(_FORM)):
                there[f"{folder.name}/{path.stem.removeprefix('server_')}"] = ["python"]
        self.there = {name: languages for name, languages in there.items() if languages}

    def missing(
        self, key: Key, named: Iterable[str], languages: Mapping[str, list[str]]
    ) -> Iterator[tuple[Key, WrongError]]:
        for number, name in enumerate(named):
            if name not in languages:
                continue
            if name not in self.there:
                has = listed(self.there, 30) or f"no {self.noun}"
                what = f"there is no {self.noun} '{name}'"
                near = did_you_mean(name, self.there)
                yield (*key, number), WrongError(what, f"{self.name}/ has {has}", near)
                continue
            for language in languages[name]:
                if language not in self.there[name]:
                    yield (
                        (*key, number),
                        WrongError(
                            f"{self.noun} '{name}' has no {self._file(name, language)}",
                            f"it exists in {' and '.join(self.there[name])}",
                            self._advice(name, language, languages),
                        ),
                    )

    def _advice(self, name: str, language: str, languages: Mapping[str, list[str]]) -> str:
        """To exclude a cell is good advice only where another language of it is left."""
        exclude = f"exclude {{{self.noun}: {name}, language: {language}}}"
        there = self.there[name]
        if any(other in there for other in languages[name]):
            return exclude
        alike = [w for w in there if all(w in self.there.get(each, ()) for each in languages)]
        if alike:
            return f"type language: {alike[0]}"
        return f"type language: [{', '.join([*languages[name], *there])}], and {exclude}"

    def _file(self, name: str, language: str) -> str:
        return f"server_{name.partition('/')[2]} in C" if "/" in name else self.sources[language]


def _languages(experiment: Experiment, axis: str) -> dict[str, list[str]]:
    """The labs or probes that are run, with their languages: what is excluded need not exist."""
    languages_of: dict[str, list[str]] = {}
    for cell in experiment.cells():
        languages = languages_of.setdefault(str(cell.get(axis)), [])
        if cell.get("language") not in languages:
            languages.append(str(cell.get("language")))
    return languages_of
