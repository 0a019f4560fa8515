"""Whether the labs that a suite names are there, in the languages it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runner.paths import LABS
from runner.spec.model import Experiment, Suite
from runner.spec.problem import Key, WrongError, did_you_mean, listed

_SERVERS = {"c": "server.c", "python": "server.py"}
_FORM = "server_*.py"
"""Another form of the same model. There is none in C, where all sources of a folder are one."""


def labs_root(path: Path) -> Path:
    """`labs` beside the spec where there is such a folder, else the project's own."""
    beside = path.parent / "labs"
    return beside if beside.is_dir() else LABS


def missing_labs(suite: Suite) -> Iterator[tuple[Key, WrongError]]:
    """What `suite` asks for and `suite.labs_root` does not hold."""
    there = _labs(suite.labs_root)
    for index, experiment in enumerate(suite.experiments):
        asked = _asked(experiment)
        for number, lab in enumerate(experiment.server.lab):
            key: Key = ("experiments", index, "server", "lab", number)
            if lab not in asked:
                continue
            if lab not in there:
                has = listed(there, 30) or "no lab"
                expected = f"{suite.labs_root.name}/ has {has}"
                yield (
                    key,
                    WrongError(f"there is no lab '{lab}'", expected, did_you_mean(lab, there)),
                )
                continue
            for language in asked[lab]:
                if language not in there[lab]:
                    yield (
                        key,
                        WrongError(
                            f"lab '{lab}' has no {_file(lab, language)}",
                            f"it exists in {' and '.join(there[lab])}",
                            f"exclude {{lab: {lab}, language: {language}}}",
                        ),
                    )


def _labs(root: Path) -> dict[str, list[str]]:
    """Each lab and each form of one, with its languages."""
    try:
        folders = sorted(root.iterdir())
    except OSError:
        return {}
    found: dict[str, list[str]] = {}
    for folder in folders:
        found[folder.name] = [w for w, file in _SERVERS.items() if (folder / file).is_file()]
        for path in sorted(folder.glob(_FORM)):
            found[f"{folder.name}/{path.stem.removeprefix('server_')}"] = ["python"]
    return {name: languages for name, languages in found.items() if languages}


def _file(lab: str, language: str) -> str:
    return f"server_{lab.partition('/')[2]} in C" if "/" in lab else _SERVERS[language]


def _asked(experiment: Experiment) -> dict[str, list[str]]:
    """The labs that are run, with their languages: what is excluded need not exist."""
    asked: dict[str, list[str]] = {}
    for cell in experiment.cells():
        languages = asked.setdefault(str(cell.get("lab")), [])
        if cell.get("language") not in languages:
            languages.append(str(cell.get("language")))
    return asked
