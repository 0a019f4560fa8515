"""uvloop: an object with callbacks for every client, on libuv, the event loop of Node.js.

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside recv before data_received is called, and inside send, at
             once or later out of the transport's buffer
Idle client: a transport and a protocol; an entry in the kernel's tree
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import asyncio
import sys
from pathlib import Path
from socket import socket, socketpair
from typing import Any, cast

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

try:
    from uvloop import new_event_loop  # type: ignore[import-not-found, attr-defined, unused-ignore]
except ImportError:
    # A system's own Python takes packages from the system alone (PEP 668), and a venv from its pip.
    venv = sys.prefix != sys.base_prefix
    remedy = f"{sys.prefix}/bin/pip install uvloop" if venv else "apt-get install python3-uvloop"
    print(f'MISSING what=uvloop remedy="{remedy}"', flush=True)
    sys.exit(77)

# The event loop itself holds its tasks only weakly: somebody must keep them alive.
clients: set[asyncio.Task[Any]] = set()


def add_client(client: socket) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(loop.connect_accepted_socket(ServeClient, client))
    clients.add(task)
    task.add_done_callback(clients.discard)


# If there are more than one batch, the listener stays readable: the rest come next time.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NOBODY:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


# The transport sends what the socket takes and keeps the rest. When that is too much it says
# so; then nothing more is read. At EOF it flushes, and closes.
class ServeClient(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


# With the first connection libuv opens a spare descriptor of its own (lab.py says what for), and
# keeps it. Let that be now, so that after READY every descriptor is there for a client.
async def open_own_spare() -> None:
    here, there = socketpair()
    _, writer = await asyncio.open_unix_connection(sock=here)
    writer.close()
    await writer.wait_closed()
    there.close()


# asyncio.start_server has an accept loop of its own. At the descriptor limit that one writes
# to the log and pauses for a second, while the clients wait in the backlog and nobody is told.
async def serve() -> None:
    await open_own_spare()
    listener = lab.open_listener(blocking=False)
    asyncio.get_running_loop().add_reader(listener, accept_clients, listener)
    lab.say_ready(listener, "uvloop")
    await asyncio.Event().wait()  # that is, for ever


def main() -> None:
    lab.obey_signals()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve())


main()
