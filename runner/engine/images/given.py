"""The image of a server that is given as a command, or as an image of the user's."""

from __future__ import annotations

import docker
from docker.errors import ImageNotFound

from runner.engine.box import MissingError
from runner.engine.daemon.connection import asking
from runner.engine.given import Given
from runner.engine.given_files import files_of
from runner.engine.images.content import Image, runtime
from runner.engine.sources import slug
from runner.untrusted import clean

FOLDER = "labs/server"
"""The working folder of a server that has files."""
_DOCKERFILE = b"ARG RUNTIME\nFROM ${RUNTIME}\nLABEL iolab=1\nCOPY labs /labs\n"


def image_of_given(given: Given) -> Image:
    """What it runs in: the user's image, or the runtime of the labs in Python, with a shell and
    Debian's own programs. Its files are added in an image of its own. Raises BuildError."""
    parent = _parent(given)
    files = files_of(given.files)
    if not files.contents:
        return parent
    contents = {f"{FOLDER}/{name}": content for name, content in files.contents.items()}
    programs = frozenset(f"{FOLDER}/{name}" for name in files.programs)
    return Image(f"own-{slug(given.name)}", _DOCKERFILE, contents, parent, programs=programs)


def _parent(given: Given) -> Image:
    if given.image:
        return Image(given.image, b"", {}, external=True)
    if given.build is None:
        return runtime("python")
    context = files_of((given.build.parent,))
    above = len(given.build.parent.name) + 1
    contents = {name[above:]: content for name, content in context.contents.items()}
    programs = frozenset(name[above:] for name in context.programs)
    dockerfile = contents.pop(given.build.name, b"")
    kept = programs - {given.build.name}
    name = f"built-{slug(given.build.parent.name)}"  # several servers may be in one image
    return Image(name, dockerfile, contents, online=True, programs=kept, theirs=True)


def require_there(client: docker.DockerClient, image: Image) -> None:
    """Raises MissingError where the user's image that it is, or begins with, is not there: none is
    fetched."""
    for each in (image, image.parent):
        if each is not None and each.external:
            with asking(f"inspecting {each.name}"):
                try:
                    client.images.get(each.name)
                except ImageNotFound:
                    shown = clean(each.name)
                    what = f"no image {shown} on this machine"
                    raise MissingError(what, f"type: docker pull {shown}") from None
