"""What root's `rm -rf /` would do, in every place that is named in this box.

Expect: passes
"""

import os
import shutil
import signal
from contextlib import suppress


class Enough(Exception):
    pass


def stop(*_: object) -> None:
    raise Enough


signal.signal(signal.SIGALRM, stop)
with suppress(Enough):  # a slow machine: READY must come in time
    signal.alarm(5)
    for line in open("/proc/self/mountinfo"):
        place = line.split()[4]
        if place != "/proc" and not place.startswith(("/usr", "/lib", "/dev")):
            for name in os.listdir(place) if os.path.isdir(place) else ():
                shutil.rmtree(os.path.join(place, name), ignore_errors=True)
signal.alarm(0)
for name in ("@SECRET@", __file__, "/labs/lab.py"):
    with suppress(OSError):
        os.unlink(name)

if not os.path.exists("/labs/lab.py") or not os.path.exists(__file__):
    raise SystemExit("deleted its own sources")

import honest  # noqa: E402, F401
