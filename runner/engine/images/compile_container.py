"""Compiles in its own box: untrusted sources get no network, no root, bounded memory, processes and
time, and none of their processes outlives the box.

A box and not a step of a Dockerfile: a step would have none of these limits, and would leave a
layer. Sources go in on stdin as a tar, the program comes out on stdout, the compiler's text on
stderr.
"""

from __future__ import annotations

import secrets
from contextlib import suppress

import docker
from docker.errors import DockerException
from docker.types import LogConfig, Ulimit
from requests.exceptions import RequestException

from runner.engine.bounds import (
    MEMORY,
    NOFILE,
    PIDS,
    PROGRAM_BYTES_MAX,
    SECONDS,
    TEXT_BYTES_MAX,
    TMP_BYTES,
    TOO_LARGE,
    met,
    too_slow,
)
from runner.engine.box import BuildError
from runner.engine.daemon import owner
from runner.engine.daemon.attach import ALL_STREAMS, Attachment
from runner.engine.daemon.connection import asking
from runner.engine.daemon.ulimits import ulimits
from runner.engine.images.content import Compilation, packed
from runner.engine.lines import Head

PIECE = 1 << 20
"""Bytes of an archive in one write: a box has 5 s to read each."""
_OUTPUT = Ulimit(name="fsize", soft=PROGRAM_BYTES_MAX, hard=PROGRAM_BYTES_MAX)
_SCRIPT = 'tar -x && cc -o /tmp/program "$@" >&2 && cat /tmp/program'


def compiled(client: docker.DockerClient, compilation: Compilation) -> bytes:
    """The program. Raises BuildError with the compiler's text, EngineError when the box fails."""
    api, sources = client.api, compilation.sources
    title = sources.program.name
    name = f"iolab-build-{secrets.token_hex(6)}"
    program, text = Head(PROGRAM_BYTES_MAX), Head(TEXT_BYTES_MAX)
    try:
        with asking(f"compiling {title}"):
            api.create_container(
                compilation.toolchain.ref,
                command=["sh", "-c", _SCRIPT, "sh", *sources.arguments],
                name=name,
                user="65534:65534",
                working_dir="/tmp/src",  # noqa: S108 - inside the box
                environment={"LC_ALL": "C.UTF-8"},
                labels=owner.labels(run=name, role="build", label=title),
                stdin_open=True,
                network_disabled=True,
                host_config=_limits(client),
            )
            attachment = Attachment(api.attach_socket(name, params=ALL_STREAMS), program, text)
            api.start(name)
            archive = packed(sources.files, {})
            for at in range(0, len(archive), PIECE):  # each within its time, however many there are
                attachment.write(archive[at : at + PIECE])
            in_time = program.ended.wait(SECONDS)
            code = int(api.wait(name)["StatusCode"]) if in_time else -1
    finally:
        with suppress(DockerException, RequestException, OSError):
            api.remove_container(name, force=True, v=True)
    if not in_time:
        raise BuildError(f"{title}: {too_slow(SECONDS)}")
    if code != 0:
        output = bytes(text.kept)
        bound = met(output.decode("utf-8", "replace"))
        if bound is not None:
            raise BuildError(f"{title}: {bound}")
        raise BuildError(sources.explained(output) or f"{title}: cc exits with {code}")
    if len(program.kept) == PROGRAM_BYTES_MAX:
        raise BuildError(f"{title}: {TOO_LARGE}")
    return bytes(program.kept)


def _limits(client: docker.DockerClient) -> dict[str, object]:
    limits: dict[str, object] = client.api.create_host_config(
        network_mode="none",
        mem_limit=MEMORY,
        memswap_limit=MEMORY,
        pids_limit=PIDS,
        ulimits=[*ulimits(client, NOFILE, NOFILE), _OUTPUT],
        read_only=True,
        tmpfs={"/tmp": f"mode=1777,size={TMP_BYTES}", "/tmp/src": "mode=1777,size=64m"},  # noqa: S108
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        log_config=LogConfig(type="none"),
    )
    return limits
