"""What a run that has ended may not leave behind: processes and containers."""

from __future__ import annotations

import contextlib
import json
import os
import select
from collections.abc import Iterator
from pathlib import Path

from runner.paths import CACHE

GONE_SECONDS = 30
"""A busy daemon removes a container late, and it does remove it."""


def descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a trial's processes end meanwhile
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def assert_gone(pid: int) -> None:
    """Waits on the process itself, not on a clock."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([watched], [], [], GONE_SECONDS)[0], f"process {pid} still runs"
    finally:
        os.close(watched)


def assert_nothing_is_left(engine: str, owner: int) -> None:
    """No box carries the dead runner's mark, as soon as those that are being removed are gone."""
    if engine == "docker":
        assert_no_container(owner)
        return
    for path in (CACHE / "boxes").glob("*.json"):
        with contextlib.suppress(FileNotFoundError):  # of another test, whose box has just ended
            box = json.loads(path.read_text())
            if box["owner"]["pid"] == owner:
                for process in box["processes"]:
                    assert_gone(process["pid"])


def assert_no_container(owner: int) -> None:
    import docker
    import requests

    client = docker.from_env(timeout=GONE_SECONDS)
    with contextlib.closing(client):
        for box in client.containers.list(
            all=True, filters={"label": "iolab=1"}, ignore_removed=True
        ):
            if f":{owner}:" in box.labels.get("iolab.owner", ""):
                with contextlib.suppress(docker.errors.NotFound):
                    # A daemon may miss the removal that is under way when it is asked to wait.
                    with contextlib.suppress(requests.exceptions.ConnectionError):
                        box.wait(condition="removed", timeout=GONE_SECONDS)
                    box.reload()
                    raise AssertionError(f"container {box.name} is left, {box.status}")
