"""The kernel ends it at the box's limit, and nothing else.

Expect: fails
"""

import lab

say_ready = lab.say_ready


def say_more(listener, model):
    say_ready(listener, model)
    blocks = []
    while True:
        blocks.append(b"x" * (16 << 20))


lab.say_ready = say_more
import honest  # noqa: E402, F401
