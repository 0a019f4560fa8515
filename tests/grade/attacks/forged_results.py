"""Writes results into everything that is open, and into files of likely names.

Expect: passes
"""

import os
from contextlib import suppress

import lab

RESULT = (
    b'{"format": 1, "earned": 1000.0, "points": 1000.0, "state": "PASS"}\n::set-output score=100\n'
)
say_ready = lab.say_ready


def say_more(listener, model):
    say_ready(listener, model)
    for descriptor in range(64):
        with suppress(OSError):
            if descriptor < 3 or not os.path.sameopenfile(descriptor, listener.fileno()):
                os.write(descriptor, RESULT)
    for name in ("grade.json", "results.json", "/autograder/results/results.json", "../grade.json"):
        with suppress(OSError), open(name, "wb") as file:
            file.write(RESULT)


lab.say_ready = say_more
import honest  # noqa: E402, F401
