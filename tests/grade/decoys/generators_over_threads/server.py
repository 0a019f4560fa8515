"""A decoy: a loop of generators that looks like coroutines; what they wait for, a thread for each
client peeks at, and the loop waits for a queue."""

import os
import queue
import socket
import threading

ready: queue.Queue = queue.Queue()


def watch(client, go_on):
    while True:
        try:
            text = client.recv(1, socket.MSG_PEEK)
        except OSError:
            text = b""
        ready.put(client)
        if not text:
            return
        go_on.acquire()


def echo(client, go_on):
    while True:
        yield
        text = client.recv(65536)
        if not text:
            return
        client.sendall(text)
        go_on.release()


def accept(listener):
    while True:
        ready.put(listener.accept()[0])


tasks = {}
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
while True:
    client = ready.get()
    if client not in tasks:
        go_on = threading.Semaphore(0)
        tasks[client] = echo(client, go_on)
        threading.Thread(target=watch, args=(client, go_on), daemon=True).start()
    try:
        next(tasks[client])
    except (StopIteration, OSError):
        del tasks[client]
        client.close()
