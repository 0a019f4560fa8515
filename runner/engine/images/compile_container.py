"""Compiles in its own box: untrusted sources get no network, no root, bounded memory, processes and
time, and none of their processes outlives the box.

A box and not a step of a Dockerfile: a step would have none of these limits, and would leave a
layer. Sources go in on stdin as a tar, the program comes out on stdout, the compiler's text on
stderr.
"""

from __future__ import annotations

import docker
from docker.types import Ulimit

from runner.engine.bounds import (
    MEMORY,
    PIDS,
    PROGRAM_BYTES_MAX,
    SECONDS,
    TMP_BYTES,
    TOO_LARGE,
    met,
    too_slow,
)
from runner.engine.box import BuildError
from runner.engine.images.archive import packed
from runner.engine.images.build_box import BuildBox, build
from runner.engine.images.content import Compilation

_OUTPUT = Ulimit(name="fsize", soft=PROGRAM_BYTES_MAX, hard=PROGRAM_BYTES_MAX)
_SCRIPT = 'tar -x && cc -o /tmp/program "$@" < /dev/null >&2 && cat /tmp/program'


def compile_in_container(client: docker.DockerClient, compilation: Compilation) -> bytes:
    """The program. Raises BuildError with the compiler's text, EngineError when the box fails."""
    sources = compilation.sources
    title = sources.program.name
    box = BuildBox(
        image=compilation.toolchain.ref,
        script=[_SCRIPT, "sh", *sources.arguments],
        folder="/tmp/src",  # noqa: S108 - inside the box
        memory=MEMORY,
        pids=PIDS,
        tmpfs={"/tmp": f"mode=1777,size={TMP_BYTES}", "/tmp/src": "mode=1777,size=64m"},  # noqa: S108
        seconds=SECONDS,
        most=PROGRAM_BYTES_MAX,
        ulimits=[_OUTPUT],
    )
    built = build(client, box, packed(sources.files, {}), title)
    if built.code is None:
        raise BuildError(f"{title}: {too_slow(SECONDS)}")
    if built.code != 0:
        bound = met(built.text.decode("utf-8", "replace"))
        if bound is not None:
            raise BuildError(f"{title}: {bound}")
        raise BuildError(sources.explained(built.text) or f"{title}: cc exits with {built.code}")
    if len(built.output) == PROGRAM_BYTES_MAX:
        raise BuildError(f"{title}: {TOO_LARGE}")
    return built.output
