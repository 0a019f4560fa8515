"""A shell takes the server's place once it is READY, and floods both streams.

Expect: fails
"""

import os
import signal

import lab

say_ready = lab.say_ready


def say_more(listener, model):
    say_ready(listener, model)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    os.execv("/bin/sh", ["sh", "-c", "while :; do echo '::error::owned'; echo x >&2; done"])


lab.say_ready = say_more
import honest  # noqa: E402, F401
