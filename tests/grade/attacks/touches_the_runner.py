"""With processes the interpreter is the runner's own: writes what every later Python would run.

Expect: passes
"""

import os
import site
import sys
from contextlib import suppress
from pathlib import Path

EVIL = "import os; os.system('touch /tmp/owned')\n"
places = [
    *sys.path,
    *site.getsitepackages(),
    site.getusersitepackages(),
    sys.prefix,
    sys.base_prefix,
]
for place in map(Path, places):
    # A checkout in /tmp is, in the box, a folder of the box's own /tmp that goes with it.
    with suppress(OSError):
        if place.stat().st_dev == Path("/tmp").stat().st_dev:
            continue
    for name in ("sitecustomize.py", "usercustomize.py", "owned.pth", "runner/__init__.py"):
        with suppress(OSError):
            (place / name).write_text(EVIL)
            raise SystemExit(f"wrote {place / name}")
for module in list(sys.modules.values()):
    with suppress(OSError, TypeError, AttributeError):
        Path(module.__cached__).write_bytes(b"\0" * 16)
        raise SystemExit(f"wrote {module.__cached__}")
with suppress(ImportError):
    import runner

    raise SystemExit(f"imported {runner.__file__}")
with suppress(OSError):
    os.replace(sys.executable, "/tmp/python")
    raise SystemExit("moved Python away")

import honest  # noqa: E402, F401
