"""Shared objects that replace system call results in a server, and count calls."""

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path


def preload(source: str, folder: Path) -> dict[str, str]:
    """Compile this source, which lies beside this file; return the environment that preloads
    it.
    """
    output = folder / f"{source}.so"
    path = Path(__file__).with_name(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", path, "-o", output, "-ldl"], check=True)
    return {"LD_PRELOAD": str(output), "ASAN_OPTIONS": "verify_asan_link_order=0"}


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of receiving.c, in a file shared with the test."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Counts":
        path.write_bytes(bytes(24))
        return cls(path)

    def env(self) -> dict[str, str]:
        return {"RECV_COUNTS": str(self.path)}

    def now(self) -> tuple[int, int, int]:
        """The calls of recv that returned bytes or EOF, that returned EAGAIN, and for endless
        clients.
        """
        useful, again, endless = struct.unpack("3Q", self.path.read_bytes())
        return useful, again, endless
