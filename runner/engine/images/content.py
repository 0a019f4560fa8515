"""The inputs of each image, and the tag computed from them: pure, except for reading files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from runner.engine.banner import needs
from runner.engine.box import OWN_ROLES, BuildError, Program, Role
from runner.engine.digest import digest, in_order
from runner.engine.folder import absent, sources_in
from runner.engine.images.following import quoted, require_sources, script_of
from runner.engine.recipe import NAME, Recipe, read
from runner.engine.sources import Sources, slug, sources_of
from runner.paths import FLEET, IMAGES, LABS, TALKER

DEBIAN = "debian:bookworm-slim"
"""The base of all images. It is not in the hashes: remove the images to get a newer base."""


TAG_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Compilation:
    """C sources; the compiled program is copied into the image as `target`."""

    toolchain: Image
    sources: Sources
    target: str


@dataclass(frozen=True, slots=True)
class Following:
    """A submission's own Dockerfile and files, followed in a box of its base."""

    recipe: Recipe
    files: Mapping[str, bytes]
    title: str

    @property
    def start(self) -> bytes:
        """The script that starts the server: its variables, its folder, its command."""
        recipe = self.recipe
        lines = [f"export {name}={quoted(value)}" for name, value in recipe.settings]
        lines += [f"cd {shlex.quote(recipe.folder)}", f"exec {recipe.start}", ""]
        return "\n".join(lines).encode()


@dataclass(frozen=True)
class Image:
    """A Dockerfile, the files that it copies, its arguments, and the image that it starts from.

    `online`: it is built with the network of this machine, since it installs Debian's packages.
    """

    name: str
    dockerfile: bytes
    files: Mapping[str, bytes]
    parent: Image | None = None
    compilation: Compilation | None = None
    online: bool = False
    following: Following | None = None
    programs: frozenset[str] = frozenset()
    """Those of its files that can be run."""
    external: bool = False
    """It is the user's own: `name` is all of its reference."""
    theirs: bool = False
    """Its Dockerfile is the user's own, and the daemon's builder follows it."""

    @cached_property
    def tag(self) -> str:
        """A hash of all inputs. A compiled program is named by its sources, so that no compilation
        is needed to find out whether the image exists."""
        parts = [self.dockerfile, *in_order(self.files)]
        if self.parent is not None:
            parts.append(self.parent.ref.encode())
        if self.compilation is not None:
            parts.append(self.compilation.toolchain.ref.encode())
            parts.append(self.compilation.sources.key.encode())
        if self.following is not None:
            parts += [repr(self.following.recipe).encode(), *in_order(self.following.files)]
        if self.programs:
            parts += [name.encode() for name in sorted(self.programs)]
        return digest(parts)[:TAG_LENGTH]

    @property
    def ref(self) -> str:
        if self.external:
            return self.name
        return f"iolab/{self.name}:{self.tag}"

    @property
    def needs(self) -> tuple[Image, ...]:
        """The images that must exist before it can be built."""
        toolchain = self.compilation.toolchain if self.compilation else None
        images = (self.parent, toolchain)
        return tuple(image for image in images if image is not None and not image.external)


def toolchain() -> Image:
    return _installed("toolchain")


def runtime(language: Literal["c", "python"]) -> Image:
    return _installed(f"runtime-{language}")


def bases() -> dict[str, Image]:
    """The images that a Dockerfile of a submission may begin with, by the names it gives them."""
    names = ("toolchain-cpp", "toolchain", "runtime-python", "runtime-c")
    return {f"iolab/{name}": _installed(name) for name in names}


def image_of(program: Program) -> Image:
    """The image that a program runs in. Raises BuildError for a folder that cannot be one."""
    if program.role == "tracer":
        return _tracer()
    if program.role in OWN_ROLES:
        return _tool(program)
    if program.language == "dockerfile":
        return _by_dockerfile(program)
    return _in_c(program) if program.language == "c" else _in_python(program)


def all_images() -> tuple[Image, ...]:
    """The images of this working tree: `current` in a listing."""
    images = [*bases().values()]
    images += [
        _tool(Program("fleet", FLEET, "c")),
        _tool(Program("talker", TALKER, "c")),
        _tracer(),
    ]
    for program in programs_of(LABS):
        with suppress(BuildError):  # a run of it reports the error
            images.append(image_of(program))
    return tuple(images)


def programs_of(labs: Path) -> list[Program]:
    """All servers and all probes below a folder, in all their languages."""
    roles: tuple[tuple[Role, str], ...] = (("server", "*/server.*"), ("probe", "probes/*/probe.*"))
    return [
        Program(role, source.parent, "c" if source.suffix == ".c" else "python")
        for role, pattern in roles
        for source in sorted(labs.glob(pattern))
        if source.suffix in (".c", ".py")
    ]


def _installed(name: str) -> Image:
    """Debian's packages and nothing of the project."""
    return Image(name, _dockerfile(name), {}, online=True)


def _tracer() -> Image:
    return _installed("tracer")


def _tool(program: Program) -> Image:
    """A tool of the project, named as its folder: the load generator, the talker."""
    name = program.folder.name
    made = Compilation(toolchain(), sources_of(program, None), target=name)
    return Image(name, _dockerfile(name), {}, runtime("c"), made)


def _in_c(program: Program) -> Image:
    made = Compilation(toolchain(), sources_of(program, LABS), target="labs/server/server")
    return Image(_named(program), _dockerfile("lab-c"), {}, runtime("c"), made)


def _in_python(program: Program) -> Image:
    sources = sources_of(program, LABS)
    files = {f"labs/{name}": content for name, content in sources.files.items()}
    return Image(_named(program), _dockerfile("lab-python"), files, runtime("python"))


def _by_dockerfile(program: Program) -> Image:
    """Raises BuildError for a Dockerfile that is not followed here, before anything is built."""
    needs(program)
    files = sources_in(program.folder, None)
    if NAME not in files:
        raise BuildError(absent(program.source))
    known = bases()
    recipe = read(files.pop(NAME).decode("utf-8", "replace"), tuple(known))
    require_sources(files, program.name)
    script_of(recipe, files)
    following = Following(recipe, files, program.name)
    start = {"root/labs/start": following.start}
    dockerfile = _dockerfile("lab-dockerfile")
    base = known[recipe.base]
    return Image(_named(program), dockerfile, start, base, following=following)


def _named(program: Program) -> str:
    prefix = "probe-" if program.role == "probe" else ""
    return f"{prefix}{slug(program.folder.name)}-{program.language}"


def _dockerfile(folder: str) -> bytes:
    return (IMAGES / folder / "Dockerfile").read_bytes()
