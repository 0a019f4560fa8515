"""An image that only adds files and settings to one of the lab's own images: its last layer is
loaded into the daemon, and the builder is not asked.

The classic builder compares the whole file system after a COPY. `docker load` unpacks a layer, and
reads from an archive only the layers that the daemon lacks: an archive with the last one is enough.
A daemon that wants all of them (podman, the containerd store) refuses it; then the builder makes
the same image from the same Dockerfile.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

from runner.engine.images.archive import packed
from runner.engine.images.content import Image

_HIDES = ".wh."
"""In a layer a file whose name begins so removes another one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a Dockerfile adds to its parent: files by their paths in the image, and settings."""

    files: Mapping[str, bytes]
    programs: Mapping[str, bytes]
    env: tuple[str, ...]
    entrypoint: tuple[str, ...]
    labels: Mapping[str, str]


def load(client: docker.DockerClient, image: Image, change: Change) -> bool:
    """Whether the daemon has it now."""
    assert image.parent is not None, "only such an image has a change"  # noqa: S101
    try:
        parent = client.images.get(image.parent.ref).attrs
        api: Any = client.api
        answers = list(api.load_image(archive_of(image.ref, parent, change)))
        loaded = client.images.get(image.ref).attrs["RootFS"]["Layers"]
    except (DockerException, RequestException, OSError, KeyError):
        return False
    whole: bool = loaded[:-1] == parent["RootFS"]["Layers"]
    return whole and not any("error" in answer for answer in answers)


def change_of(
    image: Image, files: Mapping[str, bytes], programs: Mapping[str, bytes]
) -> Change | None:
    """None where its Dockerfile does more than to add files, variables, a label and an entry
    point to an image of the lab's own."""
    if image.parent is None or image.parent.external or image.online or image.theirs:
        return None
    added: dict[str, str] = {}
    env: list[str] = []
    entrypoint: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    for name, rest in _instructions(image.dockerfile.decode()):
        if (name, rest) in (("ARG", "RUNTIME"), ("FROM", "${RUNTIME}")):
            continue
        if name == "COPY" and re.fullmatch(r"[\w./]+ /[\w./]*", rest):
            source, target = rest.split()
            added |= dict(_placed(source, target, [*files, *programs]))
        elif name == "ENV" and re.fullmatch(r"\w+=[\w./:]+", rest):
            env.append(rest)
        elif name == "LABEL" and re.fullmatch(r"\w+=\w+", rest):
            labels |= dict([rest.split("=")])
        elif name == "ENTRYPOINT" and rest.startswith("["):
            entrypoint = tuple(json.loads(rest))
        else:
            return None
    if any(part.startswith(_HIDES) for path in added for part in PurePosixPath(path).parts):
        return None
    return Change(
        {path: files[name] for path, name in added.items() if name in files},
        {path: programs[name] for path, name in added.items() if name in programs},
        tuple(env),
        entrypoint,
        labels,
    )


def archive_of(ref: str, parent: Mapping[str, Any], change: Change) -> bytes:
    """What `docker save` would write of it, without the layers of its parent."""
    layer = _layer(change)
    layers = [*parent["RootFS"]["Layers"], f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    about = {
        "architecture": parent["Architecture"],
        "os": parent["Os"],
        "created": now,
        "config": _config(parent["Config"], change),
        "rootfs": {"type": "layers", "diff_ids": layers},
        "history": [{"created": now, "created_by": f"iolab {ref}"}],
    }
    if parent.get("Variant"):
        about["variant"] = parent["Variant"]
    config = json.dumps(about).encode()
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    paths = [f"{digest.partition(':')[2]}/layer.tar" for digest in layers]
    manifest = [{"Config": name, "RepoTags": [ref], "Layers": paths}]
    members = {name: config, "manifest.json": json.dumps(manifest).encode(), paths[-1]: layer}
    return packed(members, {})


def _config(parent: Mapping[str, Any], change: Change) -> dict[str, Any]:
    config = dict(parent)
    names = [each.partition("=")[0] for each in change.env]
    kept = [each for each in config.get("Env") or [] if each.partition("=")[0] not in names]
    config["Env"] = [*kept, *change.env]
    config["Labels"] = {**(config.get("Labels") or {}), **change.labels}
    if change.entrypoint:
        config |= {"Entrypoint": list(change.entrypoint), "Cmd": None}
    return config


def _layer(change: Change) -> bytes:
    """Every folder above a file is a member too: else the daemon makes it for root alone."""
    whole = packed(change.files, change.programs)
    out = io.BytesIO()
    folders = {
        str(folder)
        for path in (*change.files, *change.programs)
        for folder in PurePosixPath(path).parents
        if folder != PurePosixPath()
    }
    with tarfile.open(fileobj=out, mode="w") as tar, tarfile.open(fileobj=io.BytesIO(whole)) as old:
        for path in sorted(folders):
            member = tarfile.TarInfo(path)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(member)
        for member in old:
            tar.addfile(member, old.extractfile(member))
    return out.getvalue()


def _placed(source: str, target: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """A file to its path, the content of a folder below one; paths without the first slash."""
    given, to = source.rstrip("/"), target.strip("/")
    for name in names:
        if name == given:
            yield to, name
        elif name.startswith(f"{given}/"):
            yield f"{to}/{name.removeprefix(f'{given}/')}".lstrip("/"), name


def _instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    for line in dockerfile.splitlines():
        words = line.strip()
        if words and not words.startswith("#"):
            name, _, rest = words.partition(" ")
            yield name.upper(), rest.strip()
