"""select, beside a thread that writes a log from a queue."""

import logging
import logging.handlers
import queue
import select

from lab import (
    CLOSED,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)

records = queue.Queue()
logging.handlers.QueueListener(records, logging.StreamHandler()).start()
log = logging.getLogger("server")
log.addHandler(logging.handlers.QueueHandler(records))
obey_signals()
listener = open_listener(blocking=False)
clients = {listener.fileno(): listener}
say_ready(listener, "select")
while True:
    ready, _, _ = select.select(list(clients), [], [])
    for fd in ready:
        if fd == listener.fileno():
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                clients[client.fileno()] = client
                log.info("client %d", client.fileno())
        elif echo_step(clients[fd]) == CLOSED:
            close_client(clients.pop(fd))
