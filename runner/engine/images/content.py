"""What each image is made of, and the tag that follows from it: pure but for reading files."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from runner.engine.banner import uses
from runner.engine.box import OWN_ROLES, BuildError, Language, Program, Role
from runner.engine.sources import flags_of, shared_by
from runner.paths import FLEET, IMAGES, LABS, TALKER

DEBIAN = "debian:bookworm-slim"
"""What all images stand on. Not in the hashes: whoever wants a newer one removes the images."""


TAG_LENGTH = 12
FILE_BYTES_MAX = 1 << 20
FILES_MAX = 256
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Compilation:
    """C sources and the compiler's arguments, in the order in which the compiler wants them; what
    comes of it is copied into the image as `target`."""

    toolchain: Image
    sources: Mapping[str, bytes]
    arguments: tuple[str, ...]
    target: str


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

    @cached_property
    def tag(self) -> str:
        """A hash of all that it is made of. What is compiled is named by what it is compiled from,
        so that nothing is compiled to find out that it need not be."""
        parts = [self.dockerfile, *_flat(self.files)]
        if self.parent is not None:
            parts.append(self.parent.ref.encode())
        if self.compilation is not None:
            parts.append(self.compilation.toolchain.ref.encode())
            parts += [argument.encode() for argument in self.compilation.arguments]
            parts += _flat(self.compilation.sources)
        whole = hashlib.sha256()
        for part in parts:  # each with its length: no two lists of parts look alike
            whole.update(len(part).to_bytes(8, "big") + part)
        return whole.hexdigest()[:TAG_LENGTH]

    @property
    def ref(self) -> str:
        return f"iolab/{self.name}:{self.tag}"

    @property
    def needs(self) -> tuple[Image, ...]:
        """What must be there before it can be built."""
        toolchain = self.compilation.toolchain if self.compilation else None
        return tuple(image for image in (self.parent, toolchain) if image is not None)


def packed(files: Mapping[str, bytes], programs: Mapping[str, bytes]) -> bytes:
    """A tar of just these, everywhere and always the same bytes: mtime 0, owner 0:0."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in sorted({**files, **programs}.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if path in programs else 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def toolchain() -> Image:
    return Image("toolchain", _dockerfile("toolchain"), {}, online=True)


def runtime(language: Language) -> Image:
    name = f"runtime-{language}"
    return Image(name, _dockerfile(name), {}, online=True)


def image_of(program: Program) -> Image:
    """The image that a program runs in. Raises BuildError for a folder that cannot be one."""
    if program.role == "tracer":
        return _tracer()
    if program.role in OWN_ROLES:
        return _tool(program.folder)
    return _in_c(program) if program.language == "c" else _in_python(program)


def all_images() -> tuple[Image, ...]:
    """Those of this working tree: what `current` means in a listing."""
    images = [toolchain(), runtime("c"), runtime("python")]
    images += [_tool(FLEET), _tool(TALKER), _tracer()]
    for program in programs_of(LABS):
        with suppress(BuildError):  # whoever wants to run it is told
            images.append(image_of(program))
    return tuple(images)


def programs_of(labs: Path) -> list[Program]:
    """All servers and all probes below a folder, in every language they exist in."""
    roles: tuple[tuple[Role, str], ...] = (("server", "*/server.*"), ("probe", "probes/*/probe.*"))
    return [
        Program(role, source.parent, "c" if source.suffix == ".c" else "python")
        for role, pattern in roles
        for source in sorted(labs.glob(pattern))
        if source.suffix in (".c", ".py")
    ]


def _tracer() -> Image:
    return Image("tracer", _dockerfile("tracer"), {}, online=True)


def _tool(folder: Path) -> Image:
    """A program of ours, named as its folder: the fleet, the talker."""
    name = folder.name
    sources = _files(folder, (".c", ".h"), under=name)
    arguments = ("-std=gnu11", "-O2", *_c_files(sources), "-lm")
    made = Compilation(toolchain(), sources, arguments, target=name)
    return Image(name, _dockerfile(name), {}, runtime("c"), made)


def _in_c(program: Program) -> Image:
    name = _slug(program.folder)
    flags = flags_of(program.source)
    sources = _files(program.folder, (".c", ".h"), under=name)
    sources |= {path.name: path.read_bytes() for path in shared_by(program, LABS)}
    arguments = (
        "-std=gnu11", *(flag for flag in flags if not flag.startswith("-l")), "-I.",
        *_c_files(sources), *(flag for flag in flags if flag.startswith("-l")),
    )  # fmt: skip
    made = Compilation(toolchain(), sources, arguments, target="labs/server/server")
    return Image(_named(program), _dockerfile("lab-c"), {}, runtime("c"), made)


def _in_python(program: Program) -> Image:
    folder = program.folder
    files = _files(folder, (".py",), under="labs/server")
    if f"labs/server/{program.source.name}" not in files:
        raise BuildError(f"{folder}: no {program.source.name} in this folder")
    for path in shared_by(program, LABS):
        files[f"labs/{path.name}"] = path.read_bytes()
    for used in uses(program):
        files |= _files(used, (".py",), under=f"labs/{_slug(used)}")
    return Image(_named(program), _dockerfile("lab-python"), files, runtime("python"))


def _named(program: Program) -> str:
    prefix = "probe-" if program.role == "probe" else ""
    return f"{prefix}{_slug(program.folder)}-{program.language}"


def _c_files(sources: Mapping[str, bytes]) -> list[str]:
    return sorted(path for path in sources if path.endswith(".c"))


def _flat(files: Mapping[str, bytes]) -> list[bytes]:
    return [part for path in sorted(files) for part in (path.encode(), files[path])]


def _dockerfile(folder: str) -> bytes:
    return (IMAGES / folder / "Dockerfile").read_bytes()


def _slug(folder: Path) -> str:
    if not _SLUG.fullmatch(folder.name):
        raise BuildError(
            f"{folder}: a lab's folder is named with a-z, 0-9, _ and -, beginning with a letter "
            "or digit, because images are named after it"
        )
    return folder.name


def _files(folder: Path, suffixes: tuple[str, ...], under: str) -> dict[str, bytes]:
    """The folder's own sources. It may be a stranger's: regular files only, links not followed,
    bounded in size and number."""
    found: dict[str, bytes] = {}
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise BuildError(f"{folder}: {error.strerror}") from error
    for path in paths:
        if path.suffix not in suffixes:
            continue
        try:
            content = _read_regular(path)
        except OSError as error:
            raise BuildError(f"{path}: {error.strerror or error}") from error
        found[f"{under}/{path.name}"] = content
        if len(found) > FILES_MAX:
            raise BuildError(f"{folder}: more than {FILES_MAX} source files")
    return found


def _read_regular(path: Path) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError("not a regular file")
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise OSError(f"larger than {FILE_BYTES_MAX >> 20} MiB")
    return content
