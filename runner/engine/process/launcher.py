"""Starts boxes with the shim, with a record on disk and in control groups."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from runner.engine.box import Box, EngineError
from runner.engine.lines import Sink
from runner.engine.process import cgroup, record
from runner.engine.process.accounts import Account
from runner.engine.process.running import ProcessBox
from runner.paths import own_folder

SPARE = Path("/dev/shm")  # noqa: S108 - in a folder there that no other user can enter


@dataclass(slots=True)
class Launcher:
    """`without` names namespaces to leave out. A record is written to the folder `records`, or to
    memory if the disk is full: a full disk does not end a run."""

    shim: Path
    records: Path
    without: tuple[str, ...]
    _boxes: list[ProcessBox] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _unended: str = ""
    """What did not end with an earlier box."""

    def start(
        self,
        box: Box,
        options: Sequence[str],
        command: Sequence[str],
        env: Mapping[str, str],
        parents: Iterable[cgroup.Parent],
        sinks: tuple[Sink, Sink] | None = None,
        account: Account | None = None,
    ) -> ProcessBox:
        """The record is written before the groups and the process are created: a runner may be
        killed in between. With the box its `account` ends. Raises EngineError, and then leaves
        nothing behind but the account."""
        if self._unended:
            raise EngineError(self._unended)
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        groups_in = tuple(parents)
        entry = self._entry(box, cgroup.folders(groups_in, name))
        with contextlib.ExitStack() as undone:
            undone.callback(self._forget, name)
            self._record(entry, name)
            try:
                group = cgroup.make(groups_in, name, box.memory, box.pids, box.cpus)
            except OSError as error:
                raise EngineError(f"control group: {error.strerror or error}") from error
            undone.callback(group.remove)
            process, status = self._spawned(options, command, env, group)
            undone.pop_all()  # from here on the box itself removes them
        forget = partial(self._ended, name, account)
        running = ProcessBox(process, status, group, forget, box.program.role, sinks)
        running.account = account
        with self._lock:
            self._boxes = [known for known in self._boxes if not known.removed] + [running]
        try:
            processes = tuple(map(record.identity, running.pids))
        except EngineError:
            return running  # it has ended already
        try:
            self._record(replace(entry, processes=processes), name)
        except EngineError:
            running.remove()
            raise
        return running

    def close(self) -> None:
        with self._lock:
            running = list(self._boxes)
        for box in running:
            box.remove()

    def _record(self, entry: record.Record, name: str) -> None:
        """Without its record, a box that a killed runner leaves behind could not be found."""
        for folder in self._folders():
            try:
                entry.write(folder / f"{name}.json")
            except OSError as error:
                refusal = error.strerror or str(error)
            else:
                self._forget(name, but=folder)
                return
        raise EngineError(
            f"no box is started, because its record cannot be written to {self.records}: "
            f"{refusal}; free some space there"
        )

    def _forget(self, name: str, but: Path | None = None) -> None:
        spare = own_folder(SPARE, make=False)
        for folder in (self.records, spare):
            if folder is not None and folder != but:
                with contextlib.suppress(OSError):
                    (folder / f"{name}.json").unlink()
        if spare is not None and spare != but:
            with contextlib.suppress(OSError):  # removed with the last record
                spare.rmdir()

    def _ended(self, name: str, account: Account | None) -> None:
        """Of a box that was removed."""
        self._forget(name)
        try:
            if account is not None:
                account.leave()
        except EngineError as error:
            self._unended = str(error)

    def _folders(self) -> Iterator[Path]:
        yield self.records
        spare = own_folder(SPARE)
        if spare is not None:
            yield spare

    def _entry(self, box: Box, groups: tuple[str, ...]) -> record.Record:
        boot, place = record.here()
        return record.Record(box.label, boot, place, record.identity(os.getpid()), (), groups)

    def _spawned(
        self,
        options: Sequence[str],
        command: Sequence[str],
        env: Mapping[str, str],
        group: cgroup.Group,
    ) -> tuple[subprocess.Popen[bytes], int]:
        """The shim, and the descriptor on which it reports the status of the command."""
        arguments = [str(self.shim), "--runner", str(os.getpid()), *options]
        arguments += [option for folder in group.folders for option in ("--cgroup", str(folder))]
        arguments += ["--without", ",".join(self.without)] if self.without else []
        status, status_end = os.pipe()
        try:
            process = subprocess.Popen(
                [*arguments, "--status", str(status_end), "--", *command],
                env=dict(env), cwd="/", pass_fds=[status_end],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                start_new_session=True,  # the runner handles Ctrl-C, not the box
            )  # fmt: skip
        except OSError as error:
            os.close(status)
            raise EngineError(f"the launcher does not start: {error.strerror}") from error
        finally:
            os.close(status_end)
        return process, status
