"""asyncio: an object with callbacks for every client, and one receive buffer for all of them.

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside recv_into before buffer_updated is called, and inside send,
             at once or later from the transport's buffer
Idle client: a transport and a protocol; an entry in the interest list
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import asyncio
import errno
import sys
from pathlib import Path
from socket import socket
from typing import Any, cast

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The event loop keeps only weak references to its tasks, so this set keeps them alive.
clients: set[asyncio.Task[Any]] = set()

# One for all clients: this event loop calls get_buffer, recv_into and buffer_updated in one go.
buffer = bytearray(256 * 1024)


# The transport registers the socket in a callback, and no caller would hear of an error there. So
# register it here: the transport finds the entry and takes it over.
def add_client(client: socket) -> None:
    try:
        asyncio.get_running_loop().add_reader(client.fileno(), lambda: None)
    except OSError as error:
        limit = "max_user_watches" if error.errno == errno.ENOSPC else "ENOMEM"
        lab.refuse_client(client, limit, client.fileno())
        return
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


# With asyncio.Protocol the loop allocates 256 KiB for each recv and gives most of it back; here
# the kernel copies into a buffer that exists already. The bytes are copied out of it, because
# those of the next client overwrite them. The transport sends what the socket accepts and keeps
# the rest. When it keeps too much, it calls pause_writing, and this class stops reading. At EOF
# the transport flushes and closes.
class ServeClient(asyncio.BufferedProtocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def get_buffer(self, _sizehint: int) -> bytearray:
        return buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.transport.write(bytes(memoryview(buffer)[:nbytes]))

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


# asyncio.start_server has its own accept loop. At the descriptor limit that loop writes to the
# log and pauses for a second: the clients wait in the listen queue and are not refused.
async def serve() -> None:
    listener = lab.open_listener(blocking=False)
    asyncio.get_running_loop().add_reader(listener, accept_clients, listener)
    lab.say_ready(listener, "asyncio")
    await asyncio.Event().wait()  # waits forever


def main() -> None:
    lab.obey_signals()
    with asyncio.Runner() as runner:
        runner.run(serve())


main()
