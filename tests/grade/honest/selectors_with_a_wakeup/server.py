"""The selectors module with a PollSelector, and a pair of sockets by which signals wake it."""

import selectors
import signal
import socket

from lab import (
    CLOSED,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)

obey_signals()
woken, waker = socket.socketpair()
woken.setblocking(False)
waker.setblocking(False)
signal.set_wakeup_fd(waker.fileno())
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
listener = open_listener(blocking=False)
selector = selectors.PollSelector()
selector.register(listener, selectors.EVENT_READ)
selector.register(woken, selectors.EVENT_READ)
say_ready(listener, "poll")
while True:
    for key, _ in selector.select(1.5):
        if key.fileobj is woken:
            woken.recv(64)
        elif key.fileobj is listener:
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                selector.register(client, selectors.EVENT_READ)
        elif echo_step(key.fileobj) == CLOSED:
            selector.unregister(key.fileobj)
            close_client(key.fileobj)
