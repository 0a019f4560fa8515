"""epoll for the clients; a thread with a selector of its own, over poll, serves an operator's
console on a UNIX socket, and another one logs every message."""

import logging
import logging.handlers
import os
import queue
import select
import selectors
import socket
import threading

log = logging.getLogger("server")
log.setLevel(logging.INFO)
records: queue.Queue = queue.Queue()
log.addHandler(logging.handlers.QueueHandler(records))
logging.handlers.QueueListener(records, logging.FileHandler("/dev/null")).start()


def console():
    here = socket.socket(socket.AF_UNIX)
    here.bind(f"\0console-{os.getpid()}")
    here.listen()
    selector = selectors.PollSelector()
    selector.register(here, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            operator, _ = key.fileobj.accept()
            operator.sendall(b"clients: %d\n" % len(clients))
            operator.close()


clients = {}
threading.Thread(target=console, daemon=True).start()
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
listener.setblocking(False)
waiting = select.epoll()
waiting.register(listener, select.EPOLLIN)
print(f"READY port={os.environ['PORT']} model=epoll", flush=True)
while True:
    for fd, _ in waiting.poll():
        if fd == listener.fileno():
            client, _ = listener.accept()
            clients[client.fileno()] = client
            waiting.register(client, select.EPOLLIN)
            continue
        try:
            text = clients[fd].recv(65536)
            clients[fd].sendall(text)
        except OSError:
            text = b""
        log.info("%d bytes from %d", len(text), fd)
        if not text:
            waiting.unregister(fd)
            clients.pop(fd).close()
