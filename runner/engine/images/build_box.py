"""A container that makes something from the files of an archive, under bounds: no network, no root.

The archive goes in on stdin; what the container prints on stdout is all that is kept of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import docker
from docker.types import LogConfig, Ulimit

from runner.engine.bounds import NOFILE, TEXT_BYTES_MAX
from runner.engine.box import EngineError
from runner.engine.daemon import owner
from runner.engine.daemon.attach import ALL_STREAMS, Attachment
from runner.engine.daemon.connection import asking
from runner.engine.daemon.removal import remove
from runner.engine.daemon.ulimits import ulimits
from runner.engine.lines import Head

PIECE = 1 << 20
"""Bytes of an archive in one write: a box has 5 s to read each."""


@dataclass(frozen=True, slots=True)
class BuildBox:
    """`script` are the words for `sh -c`; `tmpfs` are the folders that can be written, with their
    options. At most `most` bytes of stdout are kept."""

    image: str
    script: Sequence[str]
    folder: str
    memory: int
    pids: int
    tmpfs: Mapping[str, str]
    seconds: float
    most: int
    ulimits: Sequence[Ulimit] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """`code` is None where the time was not enough; `text` is the beginning of stderr; `starved`
    says that the kernel ended a process for want of memory."""

    code: int | None
    output: bytes
    text: bytes
    starved: bool


def build(client: docker.DockerClient, box: BuildBox, archive: bytes, title: str) -> Built:
    """Raises EngineError where the container fails."""
    api, name = client.api, f"iolab-build-{secrets.token_hex(6)}"
    output, text = Head(box.most), Head(TEXT_BYTES_MAX)
    code, starved, made = None, False, False
    try:
        with asking(f"building {title}"):
            api.create_container(
                box.image,
                entrypoint=["sh", "-c", *box.script],
                name=name,
                user="65534:65534",
                working_dir=box.folder,
                environment={"LC_ALL": "C.UTF-8", "HOME": "/tmp"},  # noqa: S108 - inside the box
                labels=owner.labels(run=name, role="build", label=title),
                stdin_open=True,
                network_disabled=True,
                host_config=_limits(client, box),
            )
            made = True
            attachment = Attachment(api.attach_socket(name, params=ALL_STREAMS), output, text)
            api.start(name)
            for at in range(0, len(archive), PIECE):  # each within its time, however many there are
                attachment.write(archive[at : at + PIECE])
            if output.ended.wait(box.seconds):
                code = int(api.wait(name)["StatusCode"])
            starved = bool(api.inspect_container(name)["State"].get("OOMKilled"))
    except EngineError:
        made = True  # the daemon has answered
        raise
    finally:
        remove(api, name, unanswered=not made)
    return Built(code, bytes(output.kept), bytes(text.kept), starved)


def _limits(client: docker.DockerClient, box: BuildBox) -> dict[str, object]:
    limits: dict[str, object] = client.api.create_host_config(
        network_mode="none",
        mem_limit=box.memory,
        memswap_limit=box.memory,
        pids_limit=box.pids,
        ulimits=[*ulimits(client, NOFILE, NOFILE), *box.ulimits],
        read_only=True,
        tmpfs=dict(box.tmpfs),
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        log_config=LogConfig(type="none"),
    )
    return limits
