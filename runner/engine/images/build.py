"""Builds missing images, parents first, independent images at the same time.

It uses the classic builder, which every Docker since 1.0 and podman's socket have. Each of its
steps costs a comparison of the whole file system on simple storage drivers (seconds with
fuse-overlayfs), so a lab's own image is a single COPY.
"""

from __future__ import annotations

import io
import os
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from queue import SimpleQueue

import docker

from runner.engine.box import BuildError, EngineError, MissingError, Program, Say
from runner.engine.daemon.connection import asking
from runner.engine.images.archive import packed
from runner.engine.images.compile_container import compile_in_container
from runner.engine.images.content import DEBIAN, Image, image_of
from runner.engine.images.debian import apt_options, ensure_debian
from runner.engine.images.following import follow
from runner.engine.images.given import image_of_given, require_there
from runner.engine.images.image_list import forget_old, refs_present
from runner.engine.recipe import ROOT
from runner.untrusted import clean

AT_ONCE = 4
LOG_LINES = 6


def ensure(
    client: docker.DockerClient, programs: Iterable[Program], say: Say
) -> tuple[dict[Program, Image], dict[Program, BuildError | MissingError]]:
    """The image of each program, built if it is missing, and the errors of programs that do not
    compile or whose image is not there. Raises EngineError if no image can be built."""
    needed: dict[Program, Image] = {}
    failed: dict[Program, BuildError | MissingError] = {}
    for program in programs:
        try:
            given = program.given
            needed[program] = image_of(program) if given is None else image_of_given(given)
            require_there(client, needed[program])
        except (BuildError, MissingError) as error:
            failed[program] = error
    usable = [image for program, image in needed.items() if program not in failed]
    errors = _build_missing(client, [image for image in usable if not image.external], say)
    failed |= {program: errors[i.ref] for program, i in needed.items() if i.ref in errors}
    return {program: i for program, i in needed.items() if program not in failed}, failed


def _build_missing(
    client: docker.DockerClient, images: Iterable[Image], say: Say
) -> dict[str, BuildError]:
    present = refs_present(client)
    missing = {image.ref: image for image in images if image.ref not in present}
    if not missing:
        return {}
    needed = {n.ref: n for image in missing.values() for n in image.needs if n.ref not in present}
    theirs = [image for image in (*missing.values(), *needed.values()) if image.theirs]
    ours = len(needed) - sum(image.theirs for image in needed.values())
    if ours or any(DEBIAN.encode() in image.dockerfile for image in theirs):
        ensure_debian(client, say)
    errors: dict[str, BuildError] = {}
    for ref, error in _build_all(client, needed.values(), say).items() if needed else ():
        if not needed[ref].theirs:
            raise EngineError(f"a base image cannot be built: {error}")
        for image in [each for each in missing.values() if needed[ref] in each.needs]:
            errors[image.ref] = error
            del missing[image.ref]
    while missing:
        _name_alike(client, missing)
        # One image for each content. Others with the same content then only need a name; if it does
        # not compile, the error is repeated with the name of each.
        first = {image.tag: image for image in reversed(missing.values())}
        if first:
            errors |= _build_all(client, first.values(), say)
        for image in first.values():
            del missing[image.ref]
    return errors


def _name_alike(client: docker.DockerClient, needed: dict[str, Image]) -> None:
    """Labs with another name and the same content need no build, but a name for the image."""
    made = {ref.rpartition(":")[2]: ref for ref in refs_present(client)}
    for ref, image in list(needed.items()):
        if image.tag in made:
            with asking(f"naming {ref}"):
                client.api.tag(made[image.tag], ref.rpartition(":")[0], image.tag)
            del needed[ref]


def _build_all(
    client: docker.DockerClient, images: Iterable[Image], say: Say
) -> dict[str, BuildError]:
    """A few at the same time, in threads that end with an interrupted runner: the daemon aborts a
    build whose client has gone. The calling thread reports the progress."""
    waiting = deque(images)
    names = [image.name for image in waiting]
    ended = SimpleQueue[tuple[Image, Exception | None]]()

    def work() -> None:
        while waiting:
            with suppress(IndexError):
                image = waiting.popleft()
                try:
                    _build(client, image)
                    ended.put((image, None))
                except Exception as error:  # noqa: BLE001 - raised in the thread that waits
                    ended.put((image, error))

    say(f"images: building {', '.join(names)}")
    for _ in range(AT_ONCE):
        threading.Thread(target=work, daemon=True, name="build").start()
    errors: dict[str, BuildError] = {}
    try:
        for _ in names:
            image, error = ended.get()
            if isinstance(error, BuildError):
                errors[image.ref] = error
            elif error is not None:
                raise error
    finally:
        waiting.clear()
    return errors


def _build(client: docker.DockerClient, image: Image) -> None:
    files = {"Dockerfile": image.dockerfile, **image.files}
    programs = {name: files.pop(name) for name in image.programs}
    if image.compilation is not None:
        program = compile_in_container(client, image.compilation)
        programs[image.compilation.target] = program
    if image.following is not None and image.parent is not None:
        of = image.following
        made = follow(client, image.parent.ref, of.recipe, of.files, of.title)
        for name, content in made.files.items():
            kept = programs if name in made.programs else files
            kept[f"root{ROOT}/{name}"] = content
    context = packed(files, programs)
    with asking(f"building {image.ref}"):
        _run_dockerfile(client, image, context)
        forget_old(client, image.name)


def _run_dockerfile(client: docker.DockerClient, image: Image, context: bytes) -> None:
    arguments = {"RUNTIME": image.parent.ref} if image.parent else {}
    if image.online:
        arguments |= {"APT_OPTIONS": apt_options(), **_proxies()}
    log = deque[str](maxlen=LOG_LINES)
    for event in client.api.build(
        fileobj=io.BytesIO(context),
        custom_context=True,
        tag=image.ref,
        buildargs=arguments,
        # The host's own network, with its name server and proxy.
        network_mode="host" if image.online else "none",
        labels={"iolab": "1"} if image.theirs else None,
        rm=True,
        forcerm=True,
        decode=True,
    ):
        if "error" in event and image.theirs:
            raise BuildError(f"{image.name}: {clean(str(event['error']))}; {' | '.join(log)}")
        if "error" in event:
            raise EngineError(f"image {image.name}: {event['error']}; {' | '.join(log)}")
        log += (clean(line.encode()) for line in str(event.get("stream", "")).splitlines() if line)


def _proxies() -> dict[str, str]:
    """Predefined build arguments: they reach the commands and leave no trace in the image."""
    names = ("http_proxy", "https_proxy", "no_proxy")
    both = [name for low in names for name in (low, low.upper())]
    return {name: os.environ[name] for name in both if os.environ.get(name)}
