"""What every scene needs: a server of its own on a free port, and clients that wait for replies.

A scene prints what a client observes, and no times: its output is the same on every machine.
"""

import os
import re
import resource
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

LABS = Path(__file__).resolve().parents[1]
DEADLINE = 20.0
"""Seconds for what must happen. It happens at once, unless the machine is busy."""
SILENCE = 0.2
"""Seconds without a reply, after which a scene says that there is none."""


class Client:
    """One connection to the server."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)

    def send(self, text: str = "hello\n") -> None:
        self.socket.sendall(text.encode())

    def send_if_connected(self) -> None:
        """Send a line. The server may have refused this client."""
        with suppress(ConnectionError):
            self.send()

    def send_without_reading(self) -> None:
        """Send until the buffers of both ends are full: the server can send no more either."""
        self.socket.settimeout(SILENCE)
        with suppress(TimeoutError):
            while True:
                self.socket.sendall(bytes(65536))

    def has_reply(self, within: float = DEADLINE) -> bool:
        """Wait for bytes. False: none came in time, or the server has closed the connection."""
        self.socket.settimeout(within)
        try:
            return bool(self.socket.recv(65536))
        except (TimeoutError, ConnectionError):
            return False

    def is_closed(self, within: float = DEADLINE) -> bool:
        """Wait until the server closes the connection. False: it did not in time."""
        self.socket.settimeout(within)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def leave(self) -> None:
        self.socket.close()


def those_with_reply(clients: list[Client], quiet: float = 0.5) -> list[Client]:
    """Wait until no reply has come for `quiet` seconds; return the clients that have one."""
    poller = select.poll()
    waiting = {client.socket.fileno(): client for client in clients}
    for descriptor in waiting:
        poller.register(descriptor, select.POLLIN)
    served = []
    while ready := poller.poll(quiet * 1000):
        for descriptor, _ in ready:
            poller.unregister(descriptor)
            if waiting[descriptor].has_reply():
                served.append(waiting[descriptor])
    return served


class Server:
    """A running server. Its constructor waits for READY."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid
        ready = self.line()
        match = re.match(r"READY port=(\d+) model=", ready)
        if match is None:
            sys.exit(f"the server did not print READY but: {ready or 'nothing'}")
        self.port = int(match[1])

    def line(self) -> str:
        """Return the next line that the server prints; wait for it."""
        return self.process.stdout.readline().strip() if self.process.stdout else ""

    def type_line(self) -> None:
        """Write a line to the server's standard input."""
        if self.process.stdin is not None:
            self.process.stdin.write("a line\n")
            self.process.stdin.flush()

    def end_of_input(self, within: float) -> int | None:
        """Close the server's standard input, and return its exit status if it ends in time."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(within)
        return None

    def connect(self, clients: int = 1) -> list[Client]:
        return [Client(self.port) for _ in range(clients)]

    def connect_and_send(self, clients: int) -> list[Client]:
        """Let clients come that each send a line, unless the server has refused them already."""
        came = self.connect(clients)
        for client in came:
            client.send_if_connected()
        return came

    def crowd(self, clients: int) -> list[Client]:
        """The same while the server is stopped: for it they all come and send in one moment."""
        self.process.send_signal(signal.SIGSTOP)
        came = self.connect_and_send(clients)
        self.process.send_signal(signal.SIGCONT)
        return came

    def wait_until_accepted(self, clients: int) -> None:
        """Wait until the server holds so many connections: connect() returns before accept()."""
        deadline = time.monotonic() + DEADLINE
        while self.sockets() <= clients and time.monotonic() < deadline:
            time.sleep(0.01)

    def sockets(self) -> int:
        """Return the number of its open sockets, the listening one among them."""
        found = 0
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found += str(link.readlink()).startswith("socket:")
        return found

    def states(self, looks: int = 20) -> str:
        """Read the state of the main thread again and again while no client sends anything.
        R: it runs, or waits for a CPU. S: it sleeps (proc_pid_stat(5)).
        """
        time.sleep(SILENCE)  # what it still has to do for the last request is done by then
        seen = ""
        for _ in range(looks):
            time.sleep(0.005)
            seen += self.state()
        return seen

    def state(self) -> str:
        """Return the state of the main thread now."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0]

    def wait_until_idle(self, clients: int) -> None:
        """Wait until the server has accepted so many clients and its main thread sleeps."""
        self.wait_until_accepted(clients)
        deadline = time.monotonic() + DEADLINE
        while self.state() != "S" and time.monotonic() < deadline:
            time.sleep(0.01)

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in path.read_text().split()]


def flags(source: Path) -> list[str]:
    """Return the compiler's flags from the line `Build:` at the top of the file."""
    match = re.search(r"Build: (.+)", source.read_text()[:4096])
    return shlex.split(match[1]) if match else ["-O2"]


def command(folder: Path, language: str | None, build: Path) -> list[str]:
    """Compile the server, if it is in C, and return the command that starts it."""
    if language != "python" and (folder / "server.c").exists():
        sources = [*map(str, sorted(folder.glob("*.c"))), str(LABS / "lab.c")]
        own, libraries = [], []
        for flag in flags(folder / "server.c"):
            (libraries if flag.startswith("-l") else own).append(flag)
        program = str(build / "server")
        typed = ["cc", "-std=gnu11", *own, "-I", str(LABS), *sources, "-o", program, *libraries]
        if subprocess.run(typed, check=False).returncode != 0:
            sys.exit(f"the compiler refuses {folder}")
        return [program]
    return [sys.executable, str(folder / "server.py")]


class Launch:
    """Starts the server of one folder, in one language, as often as a scene asks for it."""

    log: int | None = None
    """Where the server's stderr goes; None: to the student."""

    def __init__(self, folder: Path, language: str | None) -> None:
        self.folder, self.language = folder, language

    @contextmanager
    def __call__(self, *, nofile: int = 0, **settings: str) -> Iterator[Server]:
        """`nofile` is the server's limit of descriptors, `settings` are its environment."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        environment = (
            os.environ | {"PORT": "0", "PYTHONPATH": f"{LABS}:{LABS / 'aecho'}"} | settings
        )
        with TemporaryDirectory() as build:
            typed = command(self.folder, self.language, Path(build))
            if nofile:
                typed = ["prlimit", f"--nofile={nofile}", "--", *typed]
            with subprocess.Popen(
                typed,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
            ) as process:
                try:
                    yield Server(process)
                finally:
                    process.send_signal(signal.SIGTERM)
