"""Events in two threads: the main thread blocks in accept and gives the clients in turn, by a queue
and a pair of sockets, to two loops, of which one waits in poll and one in epoll."""

import os
import selectors
import socket
import threading
from collections import deque


class Loop(threading.Thread):
    def __init__(self, selector):
        super().__init__(daemon=True)
        self.selector, self.new = selector, deque()
        self.bell, self.rung = socket.socketpair()
        self.selector.register(self.rung, selectors.EVENT_READ)

    def give(self, client):
        client.setblocking(False)
        self.new.append(client)
        self.bell.send(b"x")

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.rung:
                    self.rung.recv(4096)
                    while self.new:
                        self.selector.register(self.new.popleft(), selectors.EVENT_READ)
                else:
                    self.serve(key.fileobj)

    def serve(self, client):
        try:
            text = client.recv(65536)
            if text:
                client.send(text)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.selector.unregister(client)
        client.close()


loops = [Loop(selectors.PollSelector()), Loop(selectors.EpollSelector())]
for loop in loops:
    loop.start()
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
print(f"READY port={os.environ['PORT']} model=events", flush=True)
turn = 0
while True:
    one, _ = listener.accept()
    loops[turn].give(one)
    turn = (turn + 1) % len(loops)
