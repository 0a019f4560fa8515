"""What this machine grants to a box, and the substitutes and reports for what it does not."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from resource import RLIM_INFINITY, RLIMIT_STACK, getrlimit

from runner.engine.box import Box
from runner.engine.process.cgroup import CONTROLLERS, Parent
from runner.syscalls.filter import assembled, program

_SENTENCES = {
    "user": "no user namespace",
    "net": "no network namespace, servers share the host's ports",
    "pid": "no PID namespace, a box sees the other processes",
    "mount": "no mount namespace, a box sees the user's files",
    "uid": "no other user id, a box runs as the runner's own user",
    "ipc": "no IPC namespace",
    "uts": "no UTS namespace",
    "seccomp": "no filter of system calls, what `limits: {deny: ...}` names is not denied",
    "proc": "no /proc of its own, a box sees the names of the machine's processes",
    "memory": "no memory cgroup, RLIMIT_DATA bounds each process (thread stacks beyond it)",
    "pids": "no pids cgroup, RLIMIT_NPROC bounds processes and threads",
    "unbound": "no pids cgroup and no usable RLIMIT_NPROC, processes are not limited",
    "cpuset": "no cpuset cgroup, pinned by sched_setaffinity, which a program can undo",
    "account": "no user id of its own for a box, a box runs as the runner's own user",
    "landlock": "no Landlock, a box can open what is open to every user of the machine",
    "python": "no Python that another user can run, a server in Python does not run",
    "connect": "Landlock without rules for TCP, a box can connect to every port",
}
_APART = {
    "net": "no network namespace, servers share the host's ports and can reach the network",
    "pid": "no PID namespace, a box sees the other processes and can signal none",
    "mount": "no mount namespace, a box sees the machine's files and writes to its shared /tmp",
}
"""The same where each box has a user id of its own."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What the kernel granted on trial."""

    spaces: tuple[str, ...]
    refused: tuple[str, ...]
    """`name: reason` of the namespaces that it refused."""
    nofile: int
    cgroups: tuple[Parent, ...]

    @property
    def controllers(self) -> tuple[str, ...]:
        return tuple(name for parent in self.cgroups for name in parent.controllers)

    @property
    def isolation(self) -> tuple[str, ...]:
        return (*self.spaces, *self.controllers)

    @property
    def counts_processes(self) -> bool:
        """Whether RLIMIT_NPROC counts the box alone: since Linux 5.14 a user's processes are
        counted per user namespace. It never limits root."""
        if self.own_account:
            return True
        version = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
        ordinary = os.geteuid() != 0 or "uid" in self.spaces
        return "user" in self.spaces and ordinary and version >= (5, 14)

    @property
    def own_account(self) -> bool:
        """Whether a box has a user id of its own, in place of namespaces."""
        return "account" in self.spaces

    @property
    def confines_files(self) -> bool:
        """Whether a box has its own root: then its programs have other paths in it."""
        return "mount" in self.spaces

    def exposed(self) -> list[str]:
        """What a hostile program could do here, one sentence for each kind. With a user id of its
        own it can reach the network, and nothing of the runner."""
        if self.own_account:
            return []
        reasons = {
            "mount": "it could read the files of this user, keys among them",
            "pid": "it could end the other processes of this user",
            "net": "it could reach the network",
        }
        exposed = [reason for name, reason in reasons.items() if name not in self.spaces]
        why = [line.partition(": ")[2] for line in self.refused if line.startswith("account: ")]
        return [*exposed, *(f"a user id of its own would help, but {each}" for each in why)]

    def lacks(self) -> list[str]:
        """Sentences for the report."""
        sentences = []
        for line in self.refused:
            name, _, reason = line.partition(": ")
            if name == "uid" and (os.geteuid() != 0 or self.own_account):
                continue  # only root can grant it, or there is a better one
            sentence = (_APART if self.own_account else {}).get(name) or _SENTENCES.get(name)
            sentences.append(f"{sentence or f'no {name}'} ({reason})")
        for name in CONTROLLERS:
            if name not in self.controllers:
                unbound = name == "pids" and not self.counts_processes
                sentences.append(_SENTENCES["unbound" if unbound else name])
        return [f"process engine: {sentence}" for sentence in sentences]

    def options(self, box: Box) -> list[str]:
        """The limits of a box as options of the shim, without those of cgroups."""
        options = ["--whole", "--nofile", f"{box.nofile.soft}:{box.nofile.hard}"]
        refused = [line.partition(": ")[0] for line in self.refused]
        options += ["--without", ",".join(refused)] if refused else []
        options += denying(box.deny)
        if box.cpus:
            options += ["--cpus", ",".join(map(str, box.cpus))]
        if "memory" not in self.controllers:
            options += ["--memory", str(box.memory + _stacks(box.pids))]
        outside = box.program.role == "tracer"  # there it would count all processes of the user
        if "pids" not in self.controllers and self.counts_processes and not outside:
            options += ["--pids", str(box.pids)]
        return options


def denying(denied: Sequence[str]) -> list[str]:
    """The option with the filter of system calls; none where this machine's numbers of calls are
    not known, which `lacks` reports."""
    instructions = program(denied)
    return ["--deny", assembled(instructions).hex()] if instructions else []


def _stacks(threads: int) -> int:
    """RLIMIT_DATA counts address space: a thread reserves a whole stack, and uses a small part."""
    soft, _ = getrlimit(RLIMIT_STACK)
    return threads * (8 << 20 if soft == RLIM_INFINITY else soft)
