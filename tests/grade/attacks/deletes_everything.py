"""What root's `rm -rf /` would do, in every place that is named in this box.

Expect: passes
"""

import os
import shutil
from contextlib import suppress

for line in open("/proc/self/mountinfo"):
    place = line.split()[4]
    if place != "/proc" and not place.startswith(("/usr", "/lib", "/dev")):
        for name in os.listdir(place) if os.path.isdir(place) else ():
            shutil.rmtree(os.path.join(place, name), ignore_errors=True)
for name in ("@SECRET@", __file__, "/labs/lab.py"):
    with suppress(OSError):
        os.unlink(name)

if not os.path.exists("/labs/lab.py") or not os.path.exists(__file__):
    raise SystemExit("deleted its own sources")

import honest  # noqa: E402, F401
