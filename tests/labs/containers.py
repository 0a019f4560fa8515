"""Start a lab's server in a container with the runner's engine, and connect to it.

The container has its own network namespace with only a loopback device. A socket stays in the
namespace in which it was created. So a thread enters the container's namespace, creates a
socket there, and returns. This changes nothing in the container and needs no proxy.
"""

import ctypes
import functools
import os
import socket
from dataclasses import dataclass

from runner.engine.box import Box, Nofile, Program, Running, SilenceError
from runner.engine.docker import DockerEngine

from .capabilities import Variant
from .engines import SETTINGS
from .servers import Lines, Server

PORT = 9000
_CLONE_NEWNET = 0x40000000


def program(variant: Variant) -> Program:
    language, _, form = variant.language.partition("-")
    return Program("server", variant.source.parent, "c" if language == "c" else "python", form)


def step_into(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET) == -1:
        raise OSError(ctypes.get_errno(), "setns")


def socket_beside(pid: int) -> socket.socket:
    """Create a TCP socket in the network namespace of this process. Raises PermissionError for
    a user without the right to enter it.
    """
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        theirs = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        try:
            step_into(theirs)
        finally:
            os.close(theirs)
        try:
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        finally:
            step_into(own)
    finally:
        os.close(own)


@dataclass(slots=True, kw_only=True)
class BoxLines(Lines):
    """Lines from the engine."""

    running: Running

    def read(self, deadline: float) -> bool:
        try:
            line = self.running.read_line(deadline)
        except SilenceError:
            return False
        if line is None:
            self.ended = True
            return False
        self.seen.append(line)
        return True

    def close(self) -> None:
        self.running.remove()


def launch(
    engine: DockerEngine, variant: Variant, *, nofile: Nofile, pids: int, env: dict[str, str]
) -> Server:
    """Start a server and return it after READY; `pids` limits its processes and threads."""
    settings = {"PORT": str(PORT), **SETTINGS, **env}
    running = engine.launch(
        Box(program(variant), (), settings, nofile, 2 << 30, pids, (), f"conformance of {variant}")
    )
    lines = BoxLines(running=running)
    try:
        lines.wait_for(1)
        details = engine.client.api.inspect_container(running.name)  # type: ignore[attr-defined]
        pid = int(details["State"]["Pid"])
        socket_beside(pid).close()
    except BaseException:
        running.remove()
        raise

    def exit_status(deadline: float) -> int:
        ended = running.exited(deadline)
        assert ended is not None, f"it has not ended within {deadline:g} s"
        assert ended.code is not None, str(ended)
        return ended.code

    new_socket = functools.partial(socket_beside, pid)
    return Server("127.0.0.1", PORT, pid, lines, exit_status, new_socket)
