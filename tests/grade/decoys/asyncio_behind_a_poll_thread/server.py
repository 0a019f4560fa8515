"""A decoy: coroutines of asyncio read from pairs of sockets; a thread waits in poll for all
clients, fills the pairs and sends what comes back."""

import asyncio
import os
import select
import socket
import threading

from lab import obey_signals

port = int(os.environ.get("PORT", "9000"))
listener = socket.create_server(("0.0.0.0", port), backlog=1024)
others = {}
loop = asyncio.new_event_loop()


async def echo(end):
    end.setblocking(False)
    while data := await loop.sock_recv(end, 16384):
        await loop.sock_sendall(end, data)
    end.close()


def relay():
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while True:
        for fd, _ in waiting.poll():
            if fd == listener.fileno():
                client, _ = listener.accept()
                near, far = socket.socketpair()
                for one, other in ((client, near), (near, client)):
                    others[one.fileno()] = (one, other)
                    waiting.register(one, select.POLLIN)
                asyncio.run_coroutine_threadsafe(echo(far), loop)
                continue
            if fd not in others:
                continue
            one, other = others[fd]
            try:
                data = one.recv(16384)
                if data:
                    other.sendall(data)
            except OSError:
                data = b""
            if not data:
                for each in (one, other):
                    waiting.unregister(each)
                    del others[each.fileno()]
                    each.close()


obey_signals()
threading.Thread(target=relay, daemon=True).start()
print(f"READY port={port} model=asyncio", flush=True)
loop.run_forever()
