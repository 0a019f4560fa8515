"""The engine itself: prepare, launch, sweep, close."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from runner.engine.banner import needs
from runner.engine.box import (
    HOLD,
    NOFILE_MOST,
    Box,
    BuildError,
    EngineError,
    MissingError,
    Nofile,
    Program,
    Running,
    Say,
    SilenceError,
)
from runner.engine.daemon import owner
from runner.engine.daemon.attach import ALL_STREAMS, Attachment
from runner.engine.daemon.connection import PATIENCE_SECONDS, asking, connect, daemon_pid
from runner.engine.daemon.removal import AWAY, remove
from runner.engine.docker import given
from runner.engine.docker.limits import (
    container_options,
    highest_nofile,
    isolation_of,
    lacks,
)
from runner.engine.docker.running import DockerRunning
from runner.engine.docker.ways import Ways, hosts_file
from runner.engine.images.build import ensure
from runner.engine.images.content import DEBIAN, Image
from runner.engine.images.image_list import refs_of
from runner.engine.lines import Tail, reader_for
from runner.paths import CACHE

SERVER_PORT = 9000
PROBE_SECONDS = 10.0
PROBE_MEMORY = 64 << 20
REMOVALS_AT_ONCE = 8
_ASK_AGAIN = 0.2


class DockerEngine:
    """See `Engine` in box.py. Raises EngineError at once when no daemon answers."""

    name = "docker"

    def __init__(self) -> None:
        self.client = connect()
        self._run = secrets.token_hex(6)
        self._images: dict[Program, Image] = {}
        self._boxes: list[DockerRunning] = []
        self._nofile_max: int | None = None
        self._ways = Ways(hosts_file(CACHE, self._security))

    @classmethod
    def refusal(cls, say: Say | None = None) -> str | None:
        """Why boxes cannot run in Docker here, None if they can; within two seconds. With `say` it
        waits longer for a daemon that is being started, and reports that."""
        try:
            (connect(PATIENCE_SECONDS, say) if say else connect()).close()
        except EngineError as error:
            return str(error)
        return None

    def environment(self) -> dict[str, object]:
        info = self._info
        with asking("listing images"):
            images = self.client.api.images()
        ids = {ref: image["Id"] for image in images for ref in refs_of(image)}
        return {
            "daemon": info.get("ServerVersion"),
            "api": self.client.api.api_version,
            "storage_driver": info.get("Driver"),
            "cgroup_version": info.get("CgroupVersion"),
            "cgroup_driver": info.get("CgroupDriver"),
            "kernel": info.get("KernelVersion"),
            "security": info.get("SecurityOptions"),
            "images": {
                image.ref: ids.get(image.ref) or self._id_of(image)
                for image in self._images.values()
            },
            "debian": ids.get(DEBIAN),
            "lacks": lacks(info, self._ways),
        }

    def nofile_max(self) -> int:
        if self._nofile_max is None:
            self._nofile_max = highest_nofile(self._hard_limit_given, daemon_pid())
        return self._nofile_max

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        ready, failed = ensure(self.client, programs, say)
        self._images |= ready
        return dict(failed)

    def exposed(self) -> Sequence[str]:
        return ()  # a container always has its own file system, processes and network

    def free_port(self) -> int:
        return SERVER_PORT

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        image = self._images.get(box.program)
        if image is None:
            raise EngineError(f"{box.program.name} was not prepared")
        if beside is not None and not isinstance(beside, DockerRunning):
            raise EngineError("a box can only join one of the same engine")
        # A daemon without seccomp denies no calls, and would refuse to load a profile.
        filters = "name=seccomp" in self._security
        granted = needs(box.program) if filters else frozenset()
        entry: list[str] = []
        if box.held:
            with asking(f"inspecting {image.ref}"):
                config = self.client.images.get(image.ref).attrs["Config"]
            entry = given.entry_of(config, box.program.given)

        def options(ways: Ways) -> dict[str, Any]:
            other = beside.name if beside else None
            traced = beside.daemon_pid if beside else 0
            able = box if filters and not ways.unfiltered else replace(box, deny=())
            chosen = container_options(self.client, able, image.ref, other, ways, granted, traced)
            if box.held:
                chosen["entrypoint"] = ["sh", "-c", HOLD, "sh", *chosen.get("entrypoint", entry)]
            return chosen

        try:
            return self._start(options, box)
        except EngineError as error:
            raise given.not_started(box, str(error)) or error from None

    @classmethod
    def answers(cls, seconds: float) -> bool:
        pause, deadline = threading.Event(), time.monotonic() + seconds
        while cls.refusal() is not None:
            if time.monotonic() >= deadline:
                return False
            pause.wait(_ASK_AGAIN)  # no event says that a daemon is back
        return True

    def stays(self, seconds: float) -> bool:
        pause, deadline = threading.Event(), time.monotonic() + seconds
        while self.refusal() is None:
            if time.monotonic() >= deadline:
                return True
            pause.wait(_ASK_AGAIN)
        return False

    def sweep(self, say: Say) -> int:
        try:
            containers = self.client.api.containers(all=True, filters={"label": owner.OWNER})
        except AWAY as error:
            say(f"docker: cannot list the containers of ended runs: {error}")
            return 0
        orphans = [each["Id"] for each in containers if owner.is_orphan(each["Labels"])]
        removed = self._remove_all(orphans)
        if removed:
            say(f"docker: removed {removed} containers of ended runs")
        return removed

    def close(self) -> None:
        with suppress(*AWAY):
            mine = {"label": f"{owner.RUN}={self._run}"}
            self._remove_all(
                [each["Id"] for each in self.client.api.containers(all=True, filters=mine)]
            )
        for box in self._boxes:
            box.remove()
        with suppress(*AWAY):
            self.client.close()

    def _start(self, options: Callable[[Ways], dict[str, Any]], box: Box) -> DockerRunning:
        """Starts with fewer options if the daemon refuses one that a box can do without."""
        while True:
            ways = self._ways
            try:
                return self._start_once(options(ways), box, ways)
            except EngineError as error:
                fewer = ways.after(str(error))
                if fewer is None:
                    raise
                self._ways = fewer

    def _start_once(self, options: dict[str, Any], box: Box, ways: Ways) -> DockerRunning:
        """No interruption, not even Ctrl-C, leaves a container behind: the name is chosen here, so
        that the container can be removed before its id is known."""
        api = self.client.api
        name = f"iolab-{box.program.role}-{secrets.token_hex(6)}"
        labels = owner.labels(self._run, box.program.role, box.label)
        streams = reader_for(box.program.role), Tail()
        made = False
        try:
            with asking(f"starting {box.program.name}"):
                api.create_container(**options, name=name, labels=labels)
                made = True
                attached = api.attach_socket(name, params=ALL_STREAMS)
                attachment = Attachment(attached, *streams)
                api.start(name)
            isolation = isolation_of(box, self._info, ways)
            running = DockerRunning(api, name, attachment, streams, box.nofile, isolation, box.cpus)
        except BaseException as error:
            remove(api, name, unanswered=not (made or isinstance(error, EngineError)))
            if isinstance(error, EngineError) and "rlimit" in str(error):
                raise EngineError(
                    f"nofile {box.nofile.hard}: more than the daemon grants"
                ) from error
            raise
        self._boxes = [other for other in self._boxes if not other.removed] + [running]
        return running

    def _hard_limit_given(self, limit: int | None) -> int:
        """Starts a shell that prints its own limit; None means the daemon's default."""
        # An image of the user's may have no shell.
        usable = [each for each in self._images.items() if each[0].given is None]
        program, image = next(iter(usable), (None, None))
        if program is None or image is None:
            raise EngineError("RLIMIT_NOFILE is tested in a container, but no image was prepared")
        nofile = Nofile(limit or 0, limit or 0)
        cpus = tuple(sorted(os.sched_getaffinity(0)))  # this also shows whether the daemon has them
        box = Box(program, ("-c", "ulimit -Hn"), {}, nofile, PROBE_MEMORY, 32, cpus, "nofile-probe")

        def options(ways: Ways) -> dict[str, Any]:
            chosen = container_options(self.client, box, image.ref, None, ways)
            chosen["entrypoint"] = ["sh"]
            if limit is None:
                chosen["host_config"].pop("Ulimits")
            return chosen

        running = self._start(options, box)
        try:
            line = running.read_line(PROBE_SECONDS) or ""
        except SilenceError as error:
            raise EngineError("the container that tests RLIMIT_NOFILE printed nothing") from error
        finally:
            running.remove()
        return int(line) if line.isdigit() else NOFILE_MOST

    @property
    def _security(self) -> str:
        return " ".join(self._info.get("SecurityOptions") or [])

    @cached_property
    def _info(self) -> Mapping[str, Any]:
        with asking("info"):
            info: Mapping[str, Any] = self.client.info()
        return info

    def _id_of(self, image: Image) -> str | None:
        """Of an image of the user's, which has no label of ours."""
        if not image.external:
            return None
        with asking(f"inspecting {image.ref}"):
            return str(self.client.images.get(image.ref).id)

    def _remove_all(self, containers: list[str]) -> int:
        with ThreadPoolExecutor(REMOVALS_AT_ONCE) as pool:
            return sum(pool.map(partial(remove, self.client.api), containers))
