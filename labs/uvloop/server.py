"""uvloop: a coroutine for every client, on libuv, the event loop of Node.js.

Wait:        the only thread sleeps inside epoll_wait, for all clients; coroutines are suspended
Copy:        the same thread, inside read into the reader's buffer before the coroutine
             resumes, and inside write, at once or later from the writer's buffer
Idle client: a task, a transport, a reader, a writer and a protocol; an entry in the interest list
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import asyncio
import sys
from pathlib import Path
from socket import socket, socketpair

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
clients: set[asyncio.Task[None]] = set()


# libuv registers the socket later. If the kernel refuses it, libuv aborts the process.
def add_client(client: socket) -> None:
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
