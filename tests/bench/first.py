"""How long a newcomer waits: from a clean clone to the first table, and from there to the end of
`--quick`. Each part is printed, and what is longer than its limit ends in exit code 1.

Without `--warm` nothing helps: pip downloads, and the images have names that no daemon has seen, on
a base that is made from Debian's packages, as where no registry answers. The images are removed
afterwards. With `--warm` pip's cache and the daemon's images are used.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
from tabulate import tabulate

from runner.engine.docker import DockerEngine
from runner.engine.images.content import DEBIAN
from runner.paths import ROOT

TABLE_SECONDS, QUICK_SECONDS = 180.0, 60.0
LABEL = "iolab.first"
OVER = {"first table": TABLE_SECONDS, "--quick": QUICK_SECONDS}


@dataclass(slots=True)
class Watch:
    """The parts so far, each with its seconds."""

    parts: dict[str, float] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic)

    def lap(self, part: str) -> None:
        now = time.monotonic()
        self.parts[part] = now - self.at
        self.at = now


def measured(folder: Path, engine: str, nonce: str) -> dict[str, float]:
    """`nonce` is empty where caches may help."""
    watch, clone = Watch(), folder / "clone"
    call(["git", "clone", "--quiet", str(ROOT), str(clone)], folder, {})
    watch.lap("clone")
    if nonce:
        unseen(clone, nonce)
        watch.at = time.monotonic()
    env = {"PIP_NO_CACHE_DIR": "1"} if nonce else {}
    call(["make", "--silent", ".venv/.run"], clone, env)
    watch.lap("packages")
    to_first_table(clone, engine, watch)
    total = sum(watch.parts.values())
    watch.at = time.monotonic()
    call([".venv/bin/runner", "run", "--quick", "--quiet", "--engine", engine], clone, {}, (0, 4))
    watch.lap("--quick")
    return watch.parts | {"first table": total}


def unseen(clone: Path, nonce: str) -> None:
    """Every image of the clone gets another tag, and the base another name."""
    base = f"iolab/first-{nonce}:1"
    for path in [*clone.glob("images/*/Dockerfile"), clone / "runner/engine/images/content.py"]:
        text = path.read_text(encoding="utf-8").replace(DEBIAN, base)
        text = text.replace("LABEL iolab=1\n", f"LABEL iolab=1\nLABEL {LABEL}={nonce}\n")
        path.write_text(text, encoding="utf-8")


def to_first_table(clone: Path, engine: str, watch: Watch) -> None:
    """`make run` until its first table, with the moment at which everything was compiled."""
    command = [".venv/bin/runner", "run", "experiments.yaml", "--engine", engine]
    with subprocess.Popen(
        command, cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        errors = threading.Thread(target=prepared, args=(run, watch))
        errors.start()
        for line in run.stdout:
            if line.strip():
                watch.lap("trials of the first table")
                break
        run.send_signal(signal.SIGINT)
        run.stdout.read()
        errors.join()
    if "trials of the first table" not in watch.parts:
        raise SystemExit(f"first: {' '.join(command)} printed no table")


def prepared(run: subprocess.Popen[str], watch: Watch) -> None:
    assert run.stderr is not None
    for line in run.stderr:
        if "trials of the first table" not in watch.parts and not line.startswith("["):
            print(f"  {time.monotonic() - watch.at:5.1f} s  {line.rstrip()}", file=sys.stderr)  # noqa: T201
        if line.startswith("results: "):
            watch.lap("compiled programs, images")


def call(
    words: list[str], folder: Path, env: Mapping[str, str], allowed: tuple[int, ...] = (0,)
) -> None:
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **env}, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode not in allowed:
        raise SystemExit(f"first: {' '.join(words)}: exit code {done.returncode}")


@contextmanager
def removed_afterwards(nonce: str) -> Iterator[None]:
    try:
        yield
    finally:
        client = docker.from_env()
        for label in (f"{LABEL}={nonce}", "iolab=1"):
            for image in client.images.list(filters={"label": label}):
                for tag in image.tags:
                    if label.startswith(LABEL) or f"first-{nonce}" in tag:
                        client.images.remove(tag, force=True)
        client.close()


def main() -> int:
    # `timeout` sends it: what was made is removed all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("first: ended by SIGTERM"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("process", "docker"), action="append")
    parser.add_argument("--warm", action="store_true", help="with pip's cache and all images")
    chosen = parser.parse_args()
    engines = chosen.engine or ["process", *(["docker"] if DockerEngine.refusal() is None else [])]
    rows = []
    for engine in engines:
        nonce = "" if chosen.warm else secrets.token_hex(4)
        with TemporaryDirectory(prefix="iolab-first-") as folder:
            if engine == "docker" and nonce:
                with removed_afterwards(nonce):
                    parts = measured(Path(folder), engine, nonce)
            else:
                parts = measured(Path(folder), engine, nonce)
        for part, seconds in parts.items():
            limit = OVER.get(part)
            verdict = "" if limit is None else "PASS" if seconds <= limit else "TOO LONG"
            shown = "" if limit is None else f"{limit:.0f}"
            rows.append([engine, part, f"{seconds:.1f}", shown, verdict])
    headers = ["engine", "part", "seconds", "limit", ""]
    print(tabulate(rows, headers=headers, disable_numparse=True))  # noqa: T201
    return int(any(row[-1] == "TOO LONG" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
