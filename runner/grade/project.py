"""New folders that run at once: a comparison of one's own server, and a course."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from runner.engine.folder import SUFFIXES, sources_in
from runner.grade.scaffold import scaffold
from runner.spec import Language

LAB = "poll"
"""What a new server of one's own begins as: correct, and not the best."""
MODELS = ("select", "epoll")
"""Of the assignments of a new course."""
_TEXTS = Path(__file__).with_suffix(".toml")
_SUBMISSIONS = {"as-given": "starter", "right": "reference"}


def comparison(language: Language, labs: Path) -> Mapping[str, bytes]:
    """The files, by their paths in the new folder: a spec, a server, a workflow."""
    files = {
        "compare.iolab.yaml": "comparison",
        "README.md": "comparison_readme",
        ".github/workflows/iolab.yml": "comparison_workflow",
    }
    own = sources_in(labs / LAB, SUFFIXES[language])
    servers = {f"my_server/{path}": content for path, content in own.items()}
    return {**_filled(files, language), **servers}


def course(language: Language, labs: Path) -> Mapping[str, bytes]:
    """The files of a course: a lecture, two assignments, submissions to grade, a workflow."""
    files = {
        "lecture.iolab.yaml": "course",
        "README.md": "course_readme",
        ".github/workflows/assignments.yml": "course_workflow",
    }
    made = dict(_filled(files, language))
    for model in MODELS:
        assignment = scaffold(model, model, [language], labs)
        made |= {f"assignments/{model}/{path}": content for path, content in assignment.items()}
    for name, place in _SUBMISSIONS.items():
        given = f"assignments/{MODELS[0]}/{place}/"
        for path in [path for path in made if path.startswith(given)]:
            made[f"handed-in/{name}/{path.removeprefix(given)}"] = made[path]
    return made


def _filled(files: Mapping[str, str], language: Language) -> Mapping[str, bytes]:
    texts = tomllib.loads(_TEXTS.read_text(encoding="utf-8"))
    main = "server.c" if language == "c" else "server.py"
    words = {"LANGUAGE": language, "MAIN": main, "LAB": LAB}
    made = {}
    for path, key in files.items():
        text = texts[key]
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        made[path] = text.encode()
    return made
