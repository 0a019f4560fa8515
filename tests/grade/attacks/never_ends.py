"""Ignores every signal, and would wait for ever in its own end.

Expect: passes
"""

import atexit
import signal
import threading
import time

import lab


def for_ever():
    while True:
        time.sleep(1000)


def obey_no_signals():
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)


atexit.register(for_ever)
threading.Thread(target=for_ever).start()
lab.obey_signals = obey_no_signals
import honest  # noqa: E402, F401
