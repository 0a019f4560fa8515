"""The `servers:` of a spec: servers that are no lab of `labs/`, each with a name of its own.

Such a name stands wherever a lab's does. Its language is the server's own and no axis: a cell of an
own server has none.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from runner.spec.address import Address
from runner.spec.exchange import Exchange
from runner.spec.matrix import Language, Strict
from runner.spec.own_notations import (
    PYTHON,
    CommandText,
    PathText,
    Pattern,
    UrlPath,
    Variables,
)
from runner.spec.problem import WrongError
from runner.spec.protocols import PROTOCOLS
from runner.spec.quantity import WHOLE
from runner.spec.scalar import SLUG, Choice, Flag, Text

Named = Annotated[str, Text("a name", 100)]
Folder = Annotated[str, PathText("a folder", "../my_server")]
File = Annotated[str, PathText("a file or a folder", "my.conf")]
Image = Annotated[str, Text("an image", 300)]
Port = Annotated[int, WHOLE.between(1, 65_535)]
Protocol = Annotated[
    Literal["echo", "http", "redis", "memcached"], Choice("a protocol", tuple(PROTOCOLS))
]
SOURCES = ("folder", "connect", "command", "image", "build")
"""The keys that say where a server is."""
NEEDS = ("programs", "modules", "install")
_ODD = {
    "folder": (("files", "port", "ready", *NEEDS), "a folder keeps the contract"),
    "connect": (
        ("language", "files", "port", "ready", "environment", *NEEDS),
        "the server runs already",
    ),
}
_OF_OTHERS = (("language",), "a command has none")
"""The keys that mean nothing beside the one that says where a server is."""


class Ready(Strict):
    """How the runner knows that a server serves: one of these."""

    port: Flag | None = None
    """true: a socket listens on the server's port."""
    log: Annotated[str, Pattern()] | None = None
    """A line of the server's output, on stdout or stderr, matches this regular expression."""
    http: Annotated[str, UrlPath()] | None = None
    """A GET of this path is answered with a status of 200 to 399."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name, value in self if value is not None]
        if len(given) != 1 or self.port is False:
            what = f"{' and '.join(given)} are given" if len(given) > 1 else "nothing is awaited"
            raise WrongError(what, suggestion="type {port: true}, {log: PATTERN} or {http: /}")
        return self


class OwnServer(Strict):
    """A server that is no lab of labs/."""

    folder: Folder | None = None
    """A folder that keeps the lab contract: with server.c, server.py or a Dockerfile. A relative
    path begins at the folder of this file."""
    language: Language | None = None
    """Of a folder with several servers: c, python or dockerfile. Without it the first of these that
    is there."""
    command: Annotated[tuple[str, ...], CommandText()] | None = None
    """A program with its arguments as a list, or a line for a shell as text. In them {port} is the
    port to listen on, and {folder} the folder of `files`; a first word {python} is the Python that
    runs the runner, and python3 with the engine docker. A first word with a slash is a file that is
    one of `files` as well."""
    image: Image | None = None
    """With the engine docker: the image in which the command runs; without a command it runs what
    the image starts."""
    connect: Annotated[str, Address()] | None = None
    """The IPv4 address and the port of a server that runs already: only its replies are observed.
    It is driven with --i-own-this-target only."""
    build: Annotated[str, PathText("a folder with a Dockerfile", "../their_server")] | None = None
    """With the engine docker: a folder with a Dockerfile, or that file, from which the daemon
    builds the image; the rest is as with `image`."""
    files: Annotated[tuple[File, ...], Field(max_length=100)] = ()
    """Files and folders that the command finds in its working folder, under their own names."""
    port: Port | None = None
    """The port on which it listens, where it does not take the one that it is given."""
    ready: Ready | None = None
    """How the runner knows that it serves. Without this key: a socket listens on its port."""
    protocol: Protocol | None = None
    """What it speaks: echo (the default), http (GET /), redis (PING) or memcached (get)."""
    exchange: Exchange | None = None
    """Instead of a protocol: the request that is sent, and what ends its reply."""
    environment: Annotated[tuple[tuple[str, str], ...], Variables()] = Field(default_factory=tuple)
    """Environment variables beside PORT and BACKLOG."""

    programs: Annotated[tuple[Named, ...], Field(max_length=100)] = ()
    """Programs that the command starts, with the engine process: where one is missing, a trial is
    SKIP. The first word of the command need not be here."""
    modules: Annotated[tuple[Named, ...], Field(max_length=100)] = ()
    """Modules that {python} must have, with the engine process: where one is missing, a trial is
    SKIP."""
    install: Annotated[str, Text("a command", 300)] | None = None
    """With the engine process: what to type where the program or a module is missing, for the
    reason of the SKIP."""

    @property
    def source(self) -> str:
        """Which key says where it is. A command may name its image."""
        return next(name for name in SOURCES if getattr(self, name) is not None)

    @property
    def spoken(self) -> Exchange | None:
        """What it is sent instead of an echo, and what it then replies; None where it echoes."""
        return self.exchange or PROTOCOLS[self.protocol or "echo"]

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if not given:
            instead = "add folder: ../my_server, or command: [PROGRAM, ARGUMENT]"
            raise WrongError("nothing says where the server is", suggestion=instead)
        if len(given) > 1 and given[0] in ("folder", "connect"):
            raise WrongError(f"{' and '.join(given)} are given", suggestion="keep one of them")
        if self.image is not None and self.build is not None:
            raise WrongError("image and build are given", suggestion="keep one of them")
        if self.protocol is not None and self.exchange is not None:
            raise WrongError("protocol and exchange are given", suggestion="keep one of them")
        odd, why = _ODD.get(given[0], _OF_OTHERS)
        for name in odd:
            if getattr(self, name):
                raise WrongError(f"{name} has no meaning with {given[0]}", why, "delete it")
        if self.modules and (self.command or ("",))[0] != PYTHON:
            what = "modules has no meaning without {python}"
            raise WrongError(what, suggestion='type command: ["{python}", my_server.py]')
        return self


Servers = Annotated[
    dict[str, OwnServer],
    Field(max_length=100, json_schema_extra={"propertyNames": {"pattern": SLUG}}),
]


def lacking(servers: object) -> dict[str, frozenset[str]]:
    """The axes that the cells of each own server lack, from `servers` as they are written: the
    language, and the size of a request that is always the same."""
    if not isinstance(servers, dict):
        return {}
    return {str(name): frozenset(_lacks(server)) for name, server in servers.items()}


def _lacks(server: object) -> tuple[str, ...]:
    speaks = isinstance(server, dict) and (
        server.get("protocol") not in (None, "echo") or server.get("exchange") is not None
    )
    return ("language", "payload") if speaks else ("language",)
