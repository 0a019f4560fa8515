"""select_ceiling: build probe.c three ways, run each, and ask Python too.

One JSON line for each finding; see README.md for what they mean.
"""

import json
import os
import resource
import select
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("probe.c")
BUILDS = {
    "refuse": ["-DREFUSE"],
    "fortify": ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"],
    "plain": ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=0"],
}


def run_build(variant: str, folder: str) -> None:
    """What it prints goes straight to our own stdout."""
    binary = f"{folder}/{variant}"
    compiler = [os.environ.get("CC", "cc"), "-std=gnu11", "-O2", *BUILDS[variant]]
    subprocess.run([*compiler, str(SOURCE), "-o", binary], check=True)
    subprocess.run([binary], check=True)


def ask_python(fd: int) -> None:
    """Python builds the fd_set itself, and looks before it does."""
    reader, writer = os.pipe()
    os.write(writer, b"x")
    finding = {"probe": "select_ceiling", "variant": "python", "fd": fd}
    try:
        os.dup2(reader, fd)
    except OSError as error:
        finding |= {"open": 0, "outcome": "limit", "detail": str(error)}
    else:
        finding["open"] = sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1
        try:
            ready, _, _ = select.select([fd], [], [], 10)
            finding |= {"outcome": "ready", "detail": f"select returned {len(ready)}"}
        except ValueError as error:
            finding |= {"outcome": "ValueError", "detail": str(error)}
        os.close(fd)
    print(json.dumps(finding, separators=(",", ":")), flush=True)
    os.close(reader)
    os.close(writer)


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        for variant in BUILDS:
            run_build(variant, folder)
    for fd in (1023, 1024):
        ask_python(fd)


if __name__ == "__main__":
    main()
