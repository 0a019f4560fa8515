"""Listing and removal of images that carry the project's label."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError

from runner.engine.daemon.connection import asking
from runner.engine.images.content import DEBIAN, all_images
from runner.paths import SECCOMP_PROFILE

KEPT = 3
_DAY = 24 * 3600.0
_OURS = {"label": "iolab=1"}
_REF = re.compile(rf"(?:^|/)(iolab/[^/:]+:[^/:]+|{re.escape(DEBIAN)})$")


@dataclass(frozen=True, slots=True)
class Row:
    """One image: `size` in bytes with all shared layers, `created` in local time."""

    name: str
    tag: str
    size: int
    created: str
    current: bool


def listing(client: docker.DockerClient) -> list[Row]:
    """All images of the project, newest first within a name."""
    current = {image.ref for image in all_images()} | {DEBIAN}
    rows = []
    for image in _images(client):
        created = datetime.fromtimestamp(image["Created"], UTC).astimezone()
        for ref in refs_of(image):
            name, _, tag = ref.rpartition(":")
            when = created.strftime("%Y-%m-%d %H:%M")
            rows.append(
                (name, -image["Created"], Row(name, tag, image["Size"], when, ref in current))
            )
    return [row for _, _, row in sorted(rows, key=lambda entry: entry[:2])]


def remove(client: docker.DockerClient, everything: bool = False) -> int:
    """Removes outdated images, or all of them and the built Debian image. An image that a container
    uses stays. Returns how many."""
    doomed = [row for row in listing(client) if everything or not row.current]
    # Children depend on parents, and all of them on Debian: newest first, Debian last.
    doomed.sort(key=lambda row: (f"{row.name}:{row.tag}" == DEBIAN, row.name))
    removed = 0
    with asking("removing images"):
        for row in doomed:
            removed += _remove(client, f"{row.name}:{row.tag}")
        client.images.prune({**_OURS, "dangling": True})
    return removed


def write_env(path: Path) -> None:
    """The variables of docker-compose.yml: the current tags, and the path of the profile for
    io_uring (Compose v1 would resolve it from its working folder). Other lines of the file stay."""
    programs = [image for image in all_images() if image.parent is not None]
    ours = {f"IOLAB_{_variable(image.name)}_IMAGE": image.ref for image in programs}
    ours["IOLAB_SECCOMP_PROFILE"] = str(SECCOMP_PROFILE)
    text = os.fsdecode(path.read_bytes()) if path.exists() else ""  # bytes that stay what they are
    lines = text.removesuffix("\n").split("\n") if text else []
    kept = [line for line in lines if line.partition("=")[0] not in ours]
    lines = kept + [f"{name}={ref}" for name, ref in ours.items()]
    path.write_bytes(os.fsencode("\n".join(lines) + "\n"))


def refs_present(client: docker.DockerClient) -> set[str]:
    return {ref for image in _images(client) for ref in refs_of(image)}


def refs_of(image: Mapping[str, Any]) -> list[str]:
    """Without a registry: podman puts one in front, even of images that were built here."""
    matches = (_REF.search(ref) for ref in image["RepoTags"] or [])
    return [match[1] for match in matches if match]


def forget_old(client: docker.DockerClient, name: str) -> None:
    """Keeps the newest images of a name, so that switching between versions stays fast, and those
    of the last day: all submissions to an assignment have one name, and another one may be about to
    run."""
    day_ago = time.time() - _DAY
    with suppress(APIError):
        versions = client.api.images(f"iolab/{name}", filters=dict(_OURS))
        older = sorted(versions, key=lambda i: i["Created"], reverse=True)[KEPT:]
        for image in (each for each in older if each["Created"] < day_ago):
            for ref in refs_of(image):
                _remove(client, ref)


def _remove(client: docker.DockerClient, ref: str) -> bool:
    try:
        client.api.remove_image(ref)
    except APIError:
        return False
    return True


def _images(client: docker.DockerClient) -> list[dict[str, Any]]:
    with asking("listing images"):
        images: list[dict[str, Any]] = client.api.images(filters=_OURS)
    return images


def _variable(name: str) -> str:
    """select-c becomes SELECT, select-python SELECT_PYTHON: C is the usual choice."""
    return name.removesuffix("-c").upper().replace("-", "_")
