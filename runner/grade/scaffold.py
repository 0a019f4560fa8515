"""A new assignment of any model that a lab shows: complete from the first moment, so that it grades
its own starter and its own reference, and can be edited from there.

The starter is the lab `blocking`, which serves one client at a time; the reference is the lab of
the model. Both have the files that labs share beside them, so neither needs anything else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.engine.folder import SUFFIXES, sources_in
from runner.grade.claims import CLAIMS_OF
from runner.grade.error import AssignmentError
from runner.results import shown
from runner.spec import Language

MADE_OF = ("select", "poll", "epoll", "epoll_et", "sigio", "io_uring", "thread", "fork")
"""Models whose servers keep every case of the contract, and serve fifty clients at once."""
STARTER = "blocking"
TEXTS = Path(__file__).with_suffix(".toml")
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TEXT_OF = {
    "grade.yaml": "grade",
    "hidden.yaml": "hidden",
    "README.md": "readme",
    "README.zh.md": "readme_zh",
}
_SHARED = {"c": ("lab.c", "lab.h"), "python": ("lab.py",)}


def scaffold(
    name: str, model: str, languages: Sequence[Language], labs: Path
) -> Mapping[str, bytes]:
    """The files of the assignment, by their paths in its folder. Raises AssignmentError."""
    if not NAME.fullmatch(name):
        raise AssignmentError(
            f"{shown(name)} is no name of an assignment; type lower-case letters, digits and '-'"
        )
    words = {
        "NAME": name,
        "MODEL": model,
        "PROOF": _proof(model, 30),
        "LANGUAGES": ", ".join(languages),
        "MAIN": " or ".join(f"`{_main(each)}`" for each in languages),
        "MAIN_ZH": " 或 ".join(f"`{_main(each)}`" for each in languages),
        "RUN": _commands(languages[0]),
    }
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    files = {path: _filled(texts[key], words).encode() for path, key in _TEXT_OF.items()}
    for language in languages:
        for place, lab in (("starter", STARTER), ("reference", model)):
            own = sources_in(labs / lab, SUFFIXES[language])
            shared = {each: (labs / each).read_bytes() for each in _SHARED[language]}
            files |= {f"{place}/{path}": content for path, content in {**shared, **own}.items()}
    return files


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Raises AssignmentError where the folder exists, or cannot be written."""
    try:
        folder.mkdir(parents=True)
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except FileExistsError:
        raise AssignmentError(f"{shown(folder)} exists; choose another name") from None
    except OSError as error:
        raise AssignmentError(f"cannot write {shown(folder)}: {error.strerror}") from None


def _proof(model: str, points: int) -> str:
    """The points of a proof over all claims of the model, in YAML: most for how a server waits."""
    first, *others = [demand.claim for demand in CLAIMS_OF[model]]
    each = points // (len(others) + 2)
    shares = {first: points - each * len(others), **dict.fromkeys(others, each)}
    return "{" + ", ".join(f"{claim}: {share}" for claim, share in shares.items()) + "}"


def _main(language: Language) -> str:
    return "server.c" if language == "c" else "server.py"


def _commands(language: Language) -> str:
    if language == "python":
        return "PORT=9300 python3 server.py &"
    return "cc -std=gnu11 -O2 -Wall -Wextra *.c -o server\nPORT=9300 ./server &"


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
