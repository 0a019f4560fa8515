"""Daemons that hold what the server inherited, and listen beside it.

Expect: passes
"""

import os
import signal
import socket
import time

import lab

say_ready = lab.say_ready


def say_more(listener, model):
    say_ready(listener, model)
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            listener.close()
            beside = socket.socket()
            beside.bind(("127.0.0.1", 0))
            beside.listen()
            while True:
                time.sleep(1000)


lab.say_ready = say_more
import honest  # noqa: E402, F401
