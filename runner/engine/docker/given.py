"""A server that is given as a command or an image, as a container; and why it did not start."""

from __future__ import annotations

import re
from typing import Any

from runner.engine.box import Box, BuildError, MissingError
from runner.engine.given import PYTHON, PYTHON_IN_IMAGE, Given
from runner.engine.images.given import FOLDER
from runner.untrusted import clean

_PRIVILEGED = 1024
"""Ports below need a privilege, which no box has; a network namespace can do without."""
_ABSENT = re.compile(r"executable file not found|no such file or directory|exec: .*not found")
_NOT_RUN = re.compile(r"permission denied|exec format error")


def container(given: Given | None, port: str) -> dict[str, Any]:
    """For create_container."""
    if given is None:
        return {}
    options: dict[str, Any] = {"working_dir": f"/{FOLDER}"} if given.files else {}
    words = given.command(port, f"/{FOLDER}")
    words = tuple(PYTHON_IN_IMAGE if word == PYTHON else word for word in words)
    return options | ({"entrypoint": list(words)} if words else {})


def host(given: Given | None) -> dict[str, str]:
    """Settings of its own network."""
    if given is None or not 0 < given.port < _PRIVILEGED:
        return {}
    return {"net.ipv4.ip_unprivileged_port_start": "0"}


def entry_of(config: dict[str, Any], given: Given | None) -> list[str]:
    """What an image starts. A lab's has no arguments of its own."""
    entry = list(config["Entrypoint"] or [])
    return entry if given is None else [*entry, *(config["Cmd"] or [])]


def not_started(box: Box, refusal: str) -> Exception | None:
    """Why its command cannot be run, from what the daemon says; None where that is another
    reason."""
    given = box.program.given
    if given is None or not (_ABSENT.search(refusal) or _NOT_RUN.search(refusal)):
        return None
    first = clean(given.words[0] if given.words else "what it starts")[:100]
    first = PYTHON_IN_IMAGE if first == PYTHON else first
    own = clean(given.in_image)
    where = f"the image {own}" if own else "the containers of the lab"
    if box.held and '"sh"' in refusal:
        what = f"{where} has no shell (sh), from which a traced server is started"
        return BuildError(f"{given.name}: {what}; trace it with --engine process, or add a shell")
    if _NOT_RUN.search(refusal):
        return BuildError(
            f"{given.name}: {where} cannot run {first} ({_NOT_RUN.findall(refusal)[0]})"
        )
    if own:
        return BuildError(f"{given.name}: {where} has no program {first}")
    what = f"no program {first} in {where}"
    return MissingError(what, "add image: NAME of one that has it, or type --engine process")
