"""Coroutines from generators, as before async: each yields what it waits for, and a loop of select
resumes it."""

import select
import socket

from lab import obey_signals, open_listener, say_ready

waiting = {}


def echo(client):
    while True:
        yield client
        text = client.recv(4096)
        if not text:
            client.close()
            return
        client.sendall(text)


def accept(listener):
    while True:
        yield listener
        client, _ = listener.accept()
        resume(echo(client))


def resume(task):
    for awaited in task:
        waiting[awaited] = task
        return


def start():
    obey_signals()
    listener = open_listener(blocking=True)
    assert isinstance(listener, socket.socket)
    resume(accept(listener))
    say_ready(listener, "select")
    while True:
        for each in select.select(list(waiting), [], [])[0]:
            resume(waiting.pop(each))


start()
