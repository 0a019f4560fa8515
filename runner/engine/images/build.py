"""Builds missing images, parents first, independent images at the same time.

It uses the classic builder, which every Docker since 1.0 and podman's socket have. Each of its
steps costs a comparison of the whole file system on simple storage drivers (seconds with
fuse-overlayfs), so a lab's own image is a single COPY, and is loaded as one layer where the daemon
takes that (one_layer.py).
"""

from __future__ import annotations

import io
import math
import os
import time
from collections import deque
from collections.abc import Collection, Iterable
from pathlib import Path

import docker

from runner.engine.box import BuildError, EngineError, MissingError, Program, Say
from runner.engine.daemon.connection import asking
from runner.engine.images import one_layer
from runner.engine.images.archive import packed
from runner.engine.images.compile_container import compile_in_container
from runner.engine.images.content import DEBIAN, Image, image_of
from runner.engine.images.debian import apt_options, ensure_debian
from runner.engine.images.following import follow
from runner.engine.images.given import image_of_given, require_there
from runner.engine.images.image_list import forget_old, refs_present
from runner.engine.images.side_by_side import SideBySide
from runner.engine.recipe import ROOT
from runner.paths import LABS
from runner.plural import number_of
from runner.untrusted import clean

LOG_LINES = 6
SAY_SECONDS = 5.0
LARGE_SECONDS, SMALL_SECONDS = 10.0, 0.5
"""How long one image takes on two CPUs, on average: for the message before."""
NAMED = 8
CERTIFICATES = "machine.crt"
"""A file beside a Dockerfile of the user's: the certificates that this machine trusts."""
_REASON_MAX = 400


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
    failed |= {p: _blamed(p, errors[i.ref]) for p, i in needed.items() if i.ref in errors}
    return {program: i for program, i in needed.items() if program not in failed}, failed


def _blamed(program: Program, error: BuildError) -> BuildError | MissingError:
    """A Dockerfile of the project's own installs packages and does nothing else: where it fails,
    this machine reaches no package."""
    build = program.given.build if program.given else None
    if build is None or not build.resolve().is_relative_to(LABS):
        return error
    what = f"an image with packages for {build.parent.name}: {error}"
    return MissingError(what[:_REASON_MAX], "try again with a network")


def _build_missing(
    client: docker.DockerClient, images: Iterable[Image], say: Say
) -> dict[str, BuildError]:
    present = refs_present(client)
    missing = {image.ref: image for image in images if image.ref not in present}
    if not missing:
        return {}
    needed = {n.ref: n for image in missing.values() for n in image.needs if n.ref not in present}
    every = [*missing.values(), *needed.values()]
    if any(DEBIAN.encode() in image.dockerfile for image in every):
        ensure_debian(client, say)
    errors: dict[str, BuildError] = {}
    making = _Making(client)
    while missing:
        _name_alike(client, missing)
        # One image for each content. Others with the same content then only need a name; if it does
        # not compile, the error is repeated with the name of each.
        by_tag = {image.tag: image for image in reversed(missing.values())}
        first = {image.ref: image for image in by_tag.values()}
        if first:
            errors |= making.all({**needed, **first}.values(), say)
        for ref, image in needed.items():
            if ref in errors and not image.theirs:
                raise EngineError(f"a base image cannot be built: {errors[ref]}")
        needed = {}
        for ref, image in list(missing.items()):
            failed = next((errors[each.ref] for each in image.needs if each.ref in errors), None)
            if failed is not None:
                errors[ref] = failed
            if failed is not None or ref in first:
                del missing[ref]
    return errors


def _name_alike(client: docker.DockerClient, needed: dict[str, Image]) -> None:
    """Labs with another name and the same content need no build, but a name for the image."""
    made = {ref.rpartition(":")[2]: ref for ref in refs_present(client)}
    for ref, image in list(needed.items()):
        if image.tag in made:
            with asking(f"naming {ref}"):
                client.api.tag(made[image.tag], ref.rpartition(":")[0], image.tag)
            del needed[ref]


class _Making:
    """Makes images of one daemon. `_loads` is false once the daemon has refused a single layer."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._loads = True

    def all(self, images: Collection[Image], say: Say) -> dict[str, BuildError]:
        """Says what is made and how long that takes, and then every few seconds how far it is."""
        say(f"images: {_announced(images)}")
        began = said = time.monotonic()
        made = 0

        def done(_image: Image) -> None:
            nonlocal made, said
            made += 1
            if made == len(images):
                say(f"images: {number_of(made, 'image')} made in {time.monotonic() - began:.0f} s")
            elif time.monotonic() - said > SAY_SECONDS:
                said = time.monotonic()
                say(f"images: {made} of {len(images)} made")

        return SideBySide(self._make).all(images, done)

    def _make(self, image: Image) -> None:
        client = self._client
        files = {"Dockerfile": image.dockerfile, **image.files}
        if image.theirs:
            files = {**_certificates(), **files}
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
        change = one_layer.change_of(image, files, programs) if self._loads else None
        with asking(f"building {image.ref}"):
            if change is not None:
                self._loads = one_layer.load(client, image, change)
            if change is None or not self._loads:
                _run_dockerfile(client, image, packed(files, programs))
            forget_old(client, image.name)


def _announced(images: Collection[Image]) -> str:
    """How many there are of which kind, and how long they take."""
    large = sum(image.online for image in images)
    small = len(images) - large
    parts = [number_of(large, "base image")] if large else []
    parts += [f"{number_of(small, 'image')} of servers and tools"] if small else []
    seconds = LARGE_SECONDS * large + SMALL_SECONDS * small
    about = f"about {10 * math.ceil(seconds / 10)} s"
    names = ", ".join(image.name for image in images) if len(images) <= NAMED else ""
    return f"making {' and '.join(parts)}, {about}{names and f': {names}'}"


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


def _certificates() -> dict[str, bytes]:
    """Those that a variable of this machine names, where it has some of its own: without them no
    command of a Dockerfile reaches a registry behind a proxy that reads TLS. No part of the tag."""
    named = (os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))
    there = [Path(name) for name in named if name and Path(name).is_file()]
    return {CERTIFICATES: there[0].read_bytes()} if there else {}


def _proxies() -> dict[str, str]:
    """Predefined build arguments: they reach the commands and leave no trace in the image."""
    names = ("http_proxy", "https_proxy", "no_proxy")
    both = [name for low in names for name in (low, low.upper())]
    return {name: os.environ[name] for name in both if os.environ.get(name)}
