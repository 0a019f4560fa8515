"""The base image: used if it exists, else pulled, else built from packages.

A class room, a train and a cloud sandbox often reach no container registry, but nearly every Debian
and Ubuntu machine reaches its package mirror. From it mmdebstrap builds the same image, once, in
about 50 s.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

from runner.engine.box import EngineError, Say
from runner.engine.daemon.connection import asking
from runner.engine.images.content import DEBIAN
from runner.paths import CACHE

Origin = Literal["present", "pulled", "made"]

SUITE = "bookworm"
PULL_SILENCE_SECONDS = 20
MAKE_SECONDS = 900.0
_ENOUGH_PACKAGES = ("mmdebstrap", "debian-archive-keyring")
_SLIM = tuple(
    f"--dpkgopt={option}"
    for option in (
        "path-exclude=/usr/share/doc/*",
        "path-include=/usr/share/doc/*/copyright",
        "path-exclude=/usr/share/info/*",
        "path-exclude=/usr/share/locale/*",
        "path-exclude=/usr/share/man/*",
        "path-exclude=/usr/share/bash-completion/*",
        "force-unsafe-io",
    )
)


def ensure_debian(client: docker.DockerClient, say: Say) -> Origin:
    """Raises EngineError, with what to type, if the image can be neither pulled nor built."""
    with asking(f"looking for {DEBIAN}"):
        if client.api.images(DEBIAN):
            say(f"images: {DEBIAN} is present")
            return "present"
    say(f"images: {DEBIAN} is not present: pulling it from the registry")
    refusal = _pull(client)
    if refusal is None:
        say(f"images: {DEBIAN} pulled from the registry")
        return "pulled"
    say(f"images: no registry answers ({refusal}): building {DEBIAN} from packages takes a minute")
    _require_mmdebstrap(say)
    _make(client)
    say(f"images: {DEBIAN} made from Debian's packages with mmdebstrap")
    return "made"


def apt_options() -> str:
    """apt's settings on this machine, as options for the build in a container."""
    return " ".join(f"-o {key}={value}" for key, value in _apt_settings().items())


def _pull(client: docker.DockerClient) -> str | None:
    """None if it was pulled, else the reason. A registry that is silent for a while counts as no
    answer: behind a firewall the daemon itself would wait for minutes."""
    patience, client.api.timeout = client.api.timeout, PULL_SILENCE_SECONDS
    try:
        repository, tag = DEBIAN.split(":")
        for event in client.api.pull(repository, tag=tag, stream=True, decode=True):
            if "error" in event:
                return _short(event["error"])
    except (DockerException, RequestException, OSError) as error:
        return _short(error)
    finally:
        client.api.timeout = patience
    return None


def _short(reason: object) -> str:
    """The last part of a chain of causes."""
    return str(reason).strip().splitlines()[-1].rpartition(": ")[2].strip('"). ')[:120]


def _require_mmdebstrap(say: Say) -> None:
    if shutil.which("mmdebstrap"):
        return
    packages = " ".join(_ENOUGH_PACKAGES)
    apt = shutil.which("apt-get")
    if apt is None:
        raise EngineError(
            f"{DEBIAN} can be neither pulled nor built: this machine has no apt; on a machine that "
            f"reaches a registry type: docker pull {DEBIAN} && docker save -o debian.tar {DEBIAN}; "
            "then here: docker load -i debian.tar"
        )
    if os.geteuid() != 0:
        raise EngineError(
            f"{DEBIAN} cannot be pulled, and building it needs mmdebstrap; "
            f"type: sudo apt-get install {packages}"
        )
    say(f"images: installing {packages} with apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = (apt, "install", "-y", "--no-install-recommends", *_ENOUGH_PACKAGES)
    for command in (install, (apt, "update"), install):
        done = subprocess.run(
            command, env=quiet, capture_output=True, text=True, timeout=MAKE_SECONDS, check=False
        )
        if shutil.which("mmdebstrap"):
            return
    raise EngineError(f"apt-get install {packages} failed: {_short(done.stderr or 'no reason')}")


def _make(client: docker.DockerClient) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="debian-") as folder:
        packed = Path(folder) / "debian.tar"
        _mmdebstrap(packed, Path(folder))
        repository, tag = DEBIAN.split(":")
        changes = ['CMD ["bash"]', "LABEL iolab=1"]
        with packed.open("rb") as file, asking(f"importing {DEBIAN}"):
            answer = client.api.import_image(file, repository=repository, tag=tag, changes=changes)
            # podman imports, but ignores the tag.
            client.api.tag(_imported(answer), repository, tag)


def _imported(answer: str) -> str:
    """The id of an image, from the daemon's last message about the import."""
    last = json.loads(answer.strip().splitlines()[-1])
    if "error" in last:
        raise EngineError(f"importing {DEBIAN}: {last['error']}")
    return str(last["status"])


def _mmdebstrap(packed: Path, folder: Path) -> None:
    command = [
        "mmdebstrap", "--variant=apt", *_SLIM,
        *(f'--aptopt={key} "{value}"' for key, value in _apt_settings().items()),
        '--aptopt=Dir::Cache::pkgcache ""', '--aptopt=Dir::Cache::srcpkgcache ""',
    ]  # fmt: skip
    sources = _debian_sources()
    if any("https:" in line for line in sources):
        # The mirror's certificate may be signed by an authority that only this machine knows.
        command += ["--include=ca-certificates"]
        bundle = Path("/etc/ssl/certs/ca-certificates.crt")
        if bundle.exists():
            command += [f"--essential-hook=mkdir -p $1{bundle.parent} && cp {bundle} $1{bundle}"]
    command += [SUITE, str(packed)]
    if sources:
        (folder / "sources.list").write_text("\n".join(sources) + "\n")
        command.append(str(folder / "sources.list"))
    started = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
    )  # fmt: skip
    try:
        _, log = started.communicate(timeout=MAKE_SECONDS)
    except BaseException:
        started.terminate()  # it unmounts and removes its own folder, so it is not killed at once
        started.communicate(timeout=30)
        raise
    if started.returncode != 0:
        errors = [line for line in log.splitlines() if line.startswith("E")] or [log[-300:]]
        raise EngineError(
            f"mmdebstrap could not build {DEBIAN}: {'; '.join(errors)[:600]}; for the whole output "
            f"type: mmdebstrap {SUITE} debian.tar"
        )


def _debian_sources() -> list[str]:
    """This machine's sources of Debian bookworm, as lines for sources.list; empty on another
    system, where mmdebstrap uses Debian's own mirror."""
    lines = _apt(
        "apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
        "Created-By: Packages", "Origin: Debian",
    )  # fmt: skip
    suites = (SUITE, f"{SUITE}-updates", f"{SUITE}-security")
    sources = [
        line
        for line in lines
        if line.split()[2:] in [[suite, "main"] for suite in suites]
        and "@" not in line  # a password: it would end up in the image
    ]
    return sorted(set(sources)) if any(line.split()[2] == SUITE for line in sources) else []


def _apt_settings() -> dict[str, str]:
    """The settings without which this machine's mirror cannot be used."""
    names = (
        "Acquire::http::Proxy", "Acquire::https::Proxy",
        "Acquire::Check-Valid-Until", "Acquire::Check-Date",
    )  # fmt: skip
    settings = {}
    for line in _apt("apt-config", "dump", "--format", "%f %v%n"):
        key, _, value = line.partition(" ")
        if key in names and value and not set(value) & set("\"'\\ "):
            settings[key] = value
    return settings


def _apt(*command: str) -> list[str]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
