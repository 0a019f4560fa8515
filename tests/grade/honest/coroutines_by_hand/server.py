"""A loop of generators over epoll, written by hand: a task yields what it waits for."""

import os
import select
import socket
from collections import deque

tasks: deque = deque()
waiting = {}
multiplexer = select.epoll()


def echo(client):
    client.setblocking(False)
    while True:
        yield client, select.EPOLLIN
        try:
            text = client.recv(65536)
        except OSError:
            break
        if not text:
            break
        while text:
            try:
                text = text[client.send(text) :]
            except BlockingIOError:
                yield client, select.EPOLLOUT
            except OSError:
                break
    client.close()


def accept(listener):
    while True:
        yield listener, select.EPOLLIN
        client, _ = listener.accept()
        tasks.append(echo(client))


def run():
    while True:
        while tasks:
            task = tasks.popleft()
            try:
                what, events = next(task)
            except StopIteration:
                continue
            waiting[what.fileno()] = task
            try:
                multiplexer.modify(what.fileno(), events | select.EPOLLONESHOT)
            except FileNotFoundError:
                multiplexer.register(what.fileno(), events | select.EPOLLONESHOT)
        for fd, _ in multiplexer.poll():
            tasks.append(waiting.pop(fd))


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
tasks.append(accept(listener))
print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
run()
