"""A decoy: a "coroutine" is a thread. One thread waits in epoll, and hands a baton to the thread of
the client that is ready, which reads, replies and hands it back. So only one of them ever runs."""

import os
import select
import socket
import threading

multiplexer = select.epoll()
clients = {}
back = threading.Semaphore(0)


class Coroutine:
    def __init__(self, client):
        self.client, self.baton = client, threading.Semaphore(0)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        number = self.client.fileno()
        while True:
            self.baton.acquire()
            try:
                text = self.client.recv(65536)
                self.client.sendall(text)
            except OSError:
                text = b""
            if not text:
                break
            back.release()
        multiplexer.unregister(number)
        self.client.close()
        back.release()


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
multiplexer.register(listener, select.EPOLLIN)
print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
while True:
    for fd, _ in multiplexer.poll():
        if fd == listener.fileno():
            one, _ = listener.accept()
            clients[one.fileno()] = Coroutine(one)
            multiplexer.register(one, select.EPOLLIN)
        else:
            clients[fd].baton.release()
            back.acquire()
