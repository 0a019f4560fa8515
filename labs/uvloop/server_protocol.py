"""uvloop: an object with callbacks for every client, on libuv, the event loop of Node.js.

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside read before data_received is called, and inside write, at
             once or later from the transport's buffer
Idle client: a transport and a protocol; an entry in the interest list
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
    # The system's Python takes packages from the system (PEP 668), a venv from its own pip.
    venv = sys.prefix != sys.base_prefix
    remedy = f"{sys.prefix}/bin/pip install uvloop" if venv else "apt-get install python3-uvloop"
    print(f'MISSING what=uvloop remedy="{remedy}"', flush=True)
    sys.exit(77)

# The event loop keeps only weak references to its tasks, so this set keeps them alive.
clients: set[asyncio.Task[Any]] = set()


# libuv registers the socket later. If the kernel refuses it, libuv aborts the process.
def add_client(client: socket) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(loop.connect_accepted_socket(ServeClient, client))
    clients.add(task)
    task.add_done_callback(clients.discard)


# Clients beyond one batch wait for the next round: the listener stays readable.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NO_CLIENT:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


# The transport sends what the socket accepts and keeps the rest. When it keeps too much, it
# calls pause_writing, and this class stops reading. At EOF the transport flushes and closes.
class ServeClient(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


# With the first connection libuv opens a spare descriptor (lab.py says what for) and keeps it.
# Open it now, so that after READY every free descriptor is for a client.
async def open_own_spare() -> None:
    here, there = socketpair()
    _, writer = await asyncio.open_unix_connection(sock=here)
    writer.close()
    await writer.wait_closed()
    there.close()


# asyncio.start_server has its own accept loop. At the descriptor limit that loop writes to the
# log and pauses for a second: the clients wait in the listen queue and are not refused.
async def serve() -> None:
    await open_own_spare()
    listener = lab.open_listener(blocking=False)
    asyncio.get_running_loop().add_reader(listener, accept_clients, listener)
    lab.say_ready(listener, "uvloop")
    await asyncio.Event().wait()  # waits forever


def main() -> None:
    lab.obey_signals()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve())


main()
