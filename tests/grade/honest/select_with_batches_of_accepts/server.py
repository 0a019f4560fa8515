"""select by selectors.SelectSelector, with memoryviews and recv_into, and an accept loop that takes
all clients that wait; a weakref finalizer and the garbage collector run as they like."""

import gc
import os
import selectors
import socket

gc.set_threshold(50)
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
listener.setblocking(False)
selector = selectors.SelectSelector()
selector.register(listener, selectors.EVENT_READ)
room = memoryview(bytearray(65536))
print(f"READY port={os.environ['PORT']} model=select", flush=True)
while True:
    for key, _ in selector.select(timeout=0.2):
        sock = key.fileobj
        if sock is listener:
            while True:
                try:
                    client, _ = listener.accept()
                except BlockingIOError:
                    break
                selector.register(client, selectors.EVENT_READ)
            continue
        try:
            length = sock.recv_into(room)
            sock.sendall(room[:length])
        except OSError:
            length = 0
        if not length:
            selector.unregister(sock)
            sock.close()
