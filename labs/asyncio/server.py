"""asyncio: a coroutine for every client, on the event loop of the standard library.

Wait:        the only thread sleeps inside epoll_wait, for all clients; coroutines are suspended
Copy:        the same thread, inside recv into the reader's buffer before the coroutine
             resumes, and inside send, at once or later from the writer's buffer
Idle client: a task, a transport, a reader, a writer and a protocol; an entry in the interest list
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import asyncio
import errno
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The event loop keeps only weak references to its tasks, so this set keeps them alive.
clients: set[asyncio.Task[None]] = set()


# The transport registers the socket in a callback, and no caller would hear of an error there. So
# register it here: the transport finds the entry and takes it over.
def add_client(client: socket) -> None:
    try:
        asyncio.get_running_loop().add_reader(client.fileno(), lambda: None)
    except OSError as error:
        limit = "max_user_watches" if error.errno == errno.ENOSPC else "ENOMEM"
        lab.refuse_client(client, limit, client.fileno())
        return
    task = asyncio.create_task(serve_client(client))
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


# open_connection also takes a connected socket, accepted or not.
async def serve_client(client: socket) -> None:
    reader, writer = await asyncio.open_connection(sock=client)
    try:
        while received := await reader.read(64 * 1024):
            writer.write(received)
            await writer.drain()
    except OSError:
        pass  # the connection is lost
    writer.close()


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
