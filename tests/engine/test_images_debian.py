"""The image under all images: present, pulled or made, and which of them is said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError

from runner.engine.box import EngineError
from runner.engine.images import debian
from runner.engine.images.content import DEBIAN


class FakeDaemon:
    """Has the image or not, reaches a registry or not, and keeps what is imported."""

    def __init__(self, *, present: bool = False, registry: str | None = None) -> None:
        self.present = present
        self.registry = registry
        self.imported: list[tuple[bytes, str, list[str]]] = []
        self.tagged: list[tuple[str, str]] = []
        self.timeouts: list[float] = []
        self.timeout = 60
        self.api = self

    def images(self, name: str) -> list[str]:
        assert name == DEBIAN
        return [name] if self.present else []

    def pull(self, repository: str, tag: str, **_: object) -> Iterator[dict[str, str]]:
        assert f"{repository}:{tag}" == DEBIAN
        self.timeouts.append(self.timeout)
        if self.registry is not None:
            raise APIError(f"Get https://registry/: dial tcp: {self.registry}")
        self.present = True
        yield {"status": "Pulling"}

    def import_image(self, file: Any, repository: str, changes: list[str], **_: str) -> str:
        """As podman: the tag is not heeded."""
        self.imported.append((file.read(), f"{repository}:latest", changes))
        return '{"status":"Importing"}\n{"status":"sha256:c0ffee"}\n'

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.tagged.append((image, f"{repository}:{tag}"))


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(debian, "CACHE", tmp_path / "cache")
    return folder


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def ensured(daemon: FakeDaemon) -> tuple[str, list[str]]:
    said: list[str] = []
    client: Any = SimpleNamespace(api=daemon)
    return debian.ensure_debian(client, said.append), said


def test_present() -> None:
    daemon = FakeDaemon(present=True)
    assert ensured(daemon) == ("present", [f"images: {DEBIAN} is present"])
    assert daemon.timeouts == []


def test_pulled_with_less_patience_than_usual() -> None:
    daemon = FakeDaemon()
    origin, said = ensured(daemon)
    assert origin == "pulled"
    assert said[-1] == f"images: {DEBIAN} pulled from the registry"
    assert daemon.timeouts == [debian.PULL_SILENCE_SECONDS]
    assert daemon.timeout == 60


def test_made_when_no_registry_answers_and_the_reason_is_said(bare_path: Path) -> None:
    script(
        bare_path / "mmdebstrap",
        'for last; do :; done; case $last in *.list) echo "$@" > "${last%/*}/debian.tar";;\n'
        '*) echo "$@" > "$last";; esac',
    )
    daemon = FakeDaemon(registry="no such host")
    origin, said = ensured(daemon)
    assert origin == "made"
    assert "no registry answers (no such host)" in said[1]
    assert said[-1].endswith("made from Debian's packages with mmdebstrap")
    ((archive, _, changes),) = daemon.imported
    ((_, ref),) = daemon.tagged
    assert ref == DEBIAN
    assert "LABEL iolab=1" in changes
    assert b" bookworm " in archive
    assert not list((bare_path.parent / "cache").iterdir()), "the archive is gone"


def test_this_machines_own_mirror_is_used(bare_path: Path) -> None:
    targets = (
        "deb http://mirror.invalid/debian/ bookworm main",
        "deb http://mirror.invalid/debian/ bookworm contrib",
        "deb http://mirror.invalid/debian/ bookworm-updates main",
        "deb http://user:secret@mirror.invalid/debian/ bookworm-security main",
        "deb http://mirror.invalid/debian/ trixie main",
    )
    script(bare_path / "apt-get", "echo '" + "\n".join(targets) + "'")
    script(
        bare_path / "apt-config",
        "echo 'Acquire::http::Proxy http://proxy.invalid:3142'\n"
        "echo 'Acquire::Check-Valid-Until false'\necho 'APT::Architecture amd64'",
    )
    script(
        bare_path / "mmdebstrap",
        'for last; do :; done; { echo "$@"; /bin/cat "$last"; } > "${last%/*}/debian.tar"',
    )
    daemon = FakeDaemon(registry="refused")
    assert ensured(daemon)[0] == "made"
    command, *sources = daemon.imported[0][0].decode().splitlines()
    assert sources == [targets[0], targets[2]]
    assert '--aptopt=Acquire::http::Proxy "http://proxy.invalid:3142"' in command
    assert debian.apt_options() == (
        "-o Acquire::http::Proxy=http://proxy.invalid:3142 -o Acquire::Check-Valid-Until=false"
    )


def test_another_system_uses_debians_own_mirror(bare_path: Path) -> None:
    script(bare_path / "apt-get", "echo 'deb http://mirror.invalid/ubuntu/ noble main'")
    script(bare_path / "mmdebstrap", 'for last; do :; done; echo "$@" > "$last"')
    daemon = FakeDaemon(registry="refused")
    assert ensured(daemon)[0] == "made"
    assert "mirror.invalid" not in daemon.imported[0][0].decode()


def test_the_reason_of_mmdebstrap_is_given(bare_path: Path) -> None:
    script(bare_path / "mmdebstrap", "echo 'I: fine' >&2; echo 'E: no space left' >&2; exit 1")
    daemon = FakeDaemon(registry="refused")
    with pytest.raises(EngineError, match="E: no space left") as error:
        ensured(daemon)
    assert "I: fine" not in str(error.value)
    assert daemon.imported == []


def test_mmdebstrap_is_installed_by_root(bare_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tool = bare_path / "mmdebstrap"
    script(
        bare_path / "apt-get",
        f'case "$1" in update) /usr/bin/touch {bare_path}/updated;; install)\n'
        f"[ -e {bare_path}/updated ] || exit 100\n"
        f'echo \'#!/bin/sh\nfor last; do :; done; echo "$@" > "$last"\' > {tool}\n'
        f"/bin/chmod +x {tool};; esac",
    )
    origin, said = ensured(FakeDaemon(registry="refused"))
    assert origin == "made"
    assert "images: installing mmdebstrap debian-archive-keyring with apt-get" in said


@pytest.mark.parametrize(
    ("user", "apt", "advice"),
    [
        (1000, True, "type: sudo apt-get install mmdebstrap debian-archive-keyring"),
        (0, False, "docker load"),
        (0, True, "apt-get install mmdebstrap debian-archive-keyring failed: no such package"),
    ],
    ids=["not root", "no apt", "apt fails"],
)
def test_what_to_type_when_it_can_be_neither(
    user: int, apt: bool, advice: str, bare_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if apt:
        script(bare_path / "apt-get", "echo 'E: no such package' >&2; exit 100")
    with pytest.raises(EngineError) as error:
        ensured(FakeDaemon(registry="refused"))
    assert advice in str(error.value)
