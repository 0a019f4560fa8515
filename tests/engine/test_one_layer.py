"""An image that is loaded as one layer is the image that the builder makes."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from typing import Any

import pytest

from runner.engine.box import Program
from runner.engine.docker import DockerEngine
from runner.engine.images import build, content, image_of, one_layer
from runner.engine.images.content import Image
from runner.paths import FLEET, LABS

PARENT = {
    "Architecture": "amd64",
    "Os": "linux",
    "RootFS": {"Layers": ["sha256:aa", "sha256:bb"]},
    "Config": {"Env": ["PATH=/bin", "PYTHONPATH=/old"], "Labels": None, "Cmd": ["bash"]},
}


def given(image: Image) -> tuple[dict[str, bytes], dict[str, bytes]]:
    programs = {image.compilation.target: b"a program"} if image.compilation else {}
    return {"Dockerfile": image.dockerfile, **image.files}, programs


def test_every_image_of_a_lab_and_of_a_tool_can_be_loaded() -> None:
    for image in content.all_images():
        change = one_layer.change_of(image, *given(image))
        assert (change is None) == image.online, image.name
        assert change is None or (change.files or change.programs)


def test_the_layer_and_the_settings_are_what_the_dockerfile_says() -> None:
    fleet = image_of(Program("fleet", FLEET, "c"))
    change = one_layer.change_of(fleet, *given(fleet))
    assert change is not None
    archive = one_layer.archive_of("iolab/fleet:1", PARENT, change)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
        (manifest,) = json.loads(read(tar, "manifest.json"))
        about = json.loads(read(tar, manifest["Config"]))
        with tarfile.open(fileobj=io.BytesIO(read(tar, manifest["Layers"][-1]))) as layer:
            members = {each.name: (each.mode, each.isdir()) for each in layer}
    assert manifest["RepoTags"] == ["iolab/fleet:1"]
    assert len(manifest["Layers"]) == 3
    assert len(names) == 3, "no layer of the parent is sent"
    assert about["rootfs"]["diff_ids"][:2] == ["sha256:aa", "sha256:bb"]
    assert about["config"]["Entrypoint"] == ["/usr/local/bin/fleet"]
    assert about["config"]["Cmd"] is None, "as a builder does with the parent's"
    assert members["usr/local/bin/fleet"] == (0o755, False)
    assert members["usr/local"] == (0o755, True)


def read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


@pytest.mark.parametrize(
    "other",
    [
        {"dockerfile": b"ARG RUNTIME\nFROM ${RUNTIME}\nRUN true\nCOPY labs/ /labs/\n"},
        {"dockerfile": b"ARG RUNTIME\nFROM ${RUNTIME}\nCOPY --chown=1 labs/ /labs/\n"},
        {"files": {"labs/server/.wh.server.py": b""}},
        {"parent": Image("theirs:1", b"", {}, external=True)},
        {"theirs": True},
    ],
    ids=["command", "option", "a file that would remove one", "their parent", "their Dockerfile"],
)
def test_the_builder_makes_what_is_more_than_that(other: dict[str, Any]) -> None:
    image = replace(image_of(Program("server", LABS / "poll", "python")), **other)
    assert one_layer.change_of(image, *given(image)) is None


@pytest.mark.docker
@pytest.mark.parametrize("language", ["c", "python"])
def test_it_is_the_image_that_the_builder_makes(
    docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch, language: Any
) -> None:
    image = image_of(Program("server", LABS / "poll", language))
    assert docker_engine.prepare([Program("server", LABS / "poll", language)], print) == {}
    alone = replace(image, name=f"one-layer-{language}", programs=frozenset())
    client, found = docker_engine.client, []
    for loads in (True, False):
        if not loads:
            monkeypatch.setattr(one_layer, "load", lambda *_: False)
        making = build._Making(client)
        making._make(alone)
        if loads and not making._loads:
            client.api.remove_image(alone.ref)
            pytest.skip("ONE LAYER WAS NOT TRIED: this daemon wants all layers of an image")
        container = client.api.create_container(alone.ref)["Id"]
        try:
            config = client.images.get(alone.ref).attrs["Config"]
            found.append((config, files(client.api.get_archive(container, "/labs")[0])))
        finally:
            client.api.remove_container(container)
            client.api.remove_image(alone.ref)
    (loaded, held), (built, expected) = found
    kept = ("Cmd", "Entrypoint", "Env", "Labels", "User", "WorkingDir")
    assert [loaded.get(key) for key in kept] == [built.get(key) for key in kept]
    assert held == expected


def files(stream: Any) -> dict[str, tuple[int, int, int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
        return {
            each.name: (
                each.mode,
                each.uid,
                each.gid,
                read(tar, each.name) if each.isreg() else b"",
            )
            for each in tar
        }
