"""The talker as a program, beside a server that a test writes in a few lines."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.paths import TALKER
from runner.untrusted import Line

WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
SANITIZERS = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
PATIENCE = 60

Serve = Callable[[socket.socket], None]
"""What a server does with one client, in a thread of its own."""


def compiled(target: Path, flags: Sequence[str]) -> Path:
    files = [str(path) for path in sorted(TALKER.glob("*.c"))]
    subprocess.run(["cc", *WARNINGS, *flags, *files, "-o", str(target)], check=True)
    return target


@dataclass
class Talker:
    process: subprocess.Popen[str]

    def tell(self, command: str) -> Line:
        """The answer to one command."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return Line.of(self.process.stdout.readline())

    def outcome(self, *commands: str) -> dict[str, str]:
        """The fields of the last answer."""
        answers = [self.tell(command) for command in commands]
        return dict(answers[-1].fields)


@contextmanager
def listening(serve: Serve | None) -> Iterator[int]:
    """The port of a server; None: it accepts no client."""
    with socket.create_server(("127.0.0.1", 0), backlog=0 if serve is None else 100) as listener:
        if serve is not None:
            threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, serve: Serve) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, serve), daemon=True).start()


def _serve(client: socket.socket, serve: Serve) -> None:
    with client:
        try:
            serve(client)
        except OSError:
            return  # the client has left


@contextmanager
def talking(program: Path, port: int) -> Iterator[Talker]:
    process = subprocess.Popen(
        [str(program), "--connect", f"127.0.0.1:{port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Talker(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE) in (0, 1)


def echo(client: socket.socket) -> None:
    while data := client.recv(1 << 16):
        client.sendall(data)
