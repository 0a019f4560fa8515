"""`make fuzz`: libFuzzer with ASan and UBSan over every parser of the fleet.

    python -m tests.fleet.fuzz [RUNS]

RUNS for each target. What is new goes into a scratch corpus; what fails is kept beside it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "runner" / "native" / "fleet"
TARGETS = {
    "reply": ("exchange.c", "http.c", "http_head.c"),
    "frames": ("frames.c",),
    "words": ("words.c", "quantity.c", "dist.c", "exchange.c", "http.c", "http_head.c"),
}
FLAGS = ["-std=gnu11", "-O1", "-g", "-fsanitize=fuzzer,address,undefined",
         "-fno-sanitize-recover=all"]  # fmt: skip
LONGEST = 600  # bytes of an input


def build(target: str, folder: Path) -> Path:
    """The fuzzer of one target. Raises CalledProcessError."""
    program = folder / f"fuzz-{target}"
    sources = [HERE / f"{target}.c", *(SOURCES / name for name in TARGETS[target])]
    command = ["clang", *FLAGS, f"-I{SOURCES}", *map(str, sources), "-o", str(program), "-lm"]
    subprocess.run(command, check=True)
    return program


def fuzz(target: str, runs: int, folder: Path) -> int:
    """So many executions from the corpus in the tree; libFuzzer's exit code."""
    scratch = folder / target
    scratch.mkdir(exist_ok=True)
    program = build(target, folder)
    command = [str(program), f"-runs={runs}", f"-max_len={LONGEST}", "-print_final_stats=1",
               f"-artifact_prefix={folder}/{target}-", "-timeout=10",
               str(scratch), str(HERE / "corpus" / target)]  # fmt: skip
    return subprocess.run(command, check=False).returncode


def main(arguments: list[str]) -> int:
    """Every target in turn; the first that fails ends it."""
    if shutil.which("clang") is None:
        sys.stderr.write("fuzz: no clang; type: sudo apt-get install clang libclang-rt-14-dev\n")
        return 5
    runs = int(arguments[0]) if arguments else 1_000_000
    folder = Path(tempfile.mkdtemp(prefix="fleet-fuzz-"))
    for target in TARGETS:
        if code := fuzz(target, runs, folder):
            sys.stderr.write(f"fuzz: {target}: a finding, kept in {folder}\n")
            return code
    sys.stdout.write(f"fuzz: no finding in {runs} executions of each of {', '.join(TARGETS)}\n")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
