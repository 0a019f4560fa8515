"""select_ceiling: what does Python do with descriptor 1024?

Python builds the fd_set itself and checks the descriptor first. probe.c has the other cases.
"""

import json
import os
import resource
import select
from pathlib import Path


def ask_python(fd: int) -> dict[str, object]:
    reader, writer = os.pipe()
    os.write(writer, b"x")
    finding: dict[str, object] = {"probe": "select_ceiling", "variant": "python", "fd": fd}
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
    os.close(reader)
    os.close(writer)
    return finding


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for fd in (1023, 1024):
        print(json.dumps(ask_python(fd), separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
