"""A machine with secrets, and strangers' folders that look for them; run as root and as another
user. It prints as JSON what they saw. `python -m tests.engine.confined FOLDER`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

SECRET = "sesame-open-4711"  # noqa: S105 - nobody's
READER = """\
import os, sys
def look(path):
    try:
        with open(path, "rb", buffering=0) as file:
            return "read " + repr(file.read(200))
    except OSError as error:
        return error.strerror
for path in sys.argv[1:]:
    print(look(path), flush=True)
    try:
        os.link(path, "/tmp/linked")
        print("linked", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
print(sorted(os.listdir("/proc/self/fd")), flush=True)
print(sorted(os.listdir("/")), os.getuid(), flush=True)
"""
BY_COMPILER = {
    "include": '#include "{path}"\nint main(void) {{ return 0; }}\n',
    "include_up": '#include "../../../../../..{path}"\nint main(void) {{ return 0; }}\n',
    "incbin": '__asm__(".incbin \\"{path}\\"");\nint main(void) {{ return 0; }}\n',
    "proc": '#include "/proc/self/root{path}"\nint main(void) {{ return 0; }}\n',
    "parent": '#include "/proc/1/root{path}"\nint main(void) {{ return 0; }}\n',
    "has": '#if __has_include("{path}")\n#error it is there\n#endif\nint main(void) {{ }}\n',
}


def secrets_in(folder: Path) -> list[Path]:
    """What a user has: keys, results, the sources of another submission."""
    names = ("home/.ssh/id_ed25519", "home/.config/iolab/key", "home/notes.txt",
             "results/run/trials.jsonl", "labs/other/server.c")  # fmt: skip
    found = []
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{SECRET} {name}\n", encoding="utf-8")
        path.chmod(0o600)
        found.append(path)
    return found


def forbidden(folder: Path) -> list[str]:
    from runner import paths

    direct = [*map(str, secrets_in(folder)), "/etc/shadow", str(paths.ROOT / "runner" / "paths.py"),
              str(paths.ROOT / "experiments.yaml"), sys.argv[0]]  # fmt: skip
    pids = ("1", "self", str(os.getpid()), str(os.getppid()))
    around = [f"/proc/{pid}/root{path}" for pid in pids for path in direct[:2]]
    around += [f"/proc/{pid}/cwd/{direct[0]}" for pid in pids]
    environment = f"/proc/{os.getpid()}/environ"
    return [*direct, *around, environment]


def main(folder: Path, without: list[str]) -> None:
    from runner.engine.box import Box, BuildError, Nofile, Program
    from runner.engine.process import ProcessEngine

    paths = forbidden(folder)
    engine = ProcessEngine(folder / "home" / ".cache", folder / "labs", tuple(without))
    held = os.open(paths[0], os.O_RDONLY)
    os.set_inheritable(held, True)
    at_run = Program("server", folder / "reader", "python")
    at_run.folder.mkdir(parents=True)
    (at_run.folder / "server.py").write_text(READER, encoding="utf-8")
    link = Program("server", folder / "link", "c")
    link.folder.mkdir()
    (link.folder / "key.h").symlink_to(paths[0])
    (link.folder / "server.c").write_text('#include "key.h"\nint main(void) { return 0; }\n')
    hard = Program("server", folder / "hard", "c")
    hard.folder.mkdir()
    (hard.folder / "key.h").hardlink_to(paths[0])
    (hard.folder / "server.c").write_text('#include "key.h"\nint main(void) { return 0; }\n')
    programs = {"run": at_run, "link": link, "hard": hard}
    for name, text in BY_COMPILER.items():
        for number, path in enumerate(paths[:7]):
            program = Program("server", folder / f"{name}-{number}", "c")
            program.folder.mkdir()
            (program.folder / "server.c").write_text(text.format(path=path), encoding="utf-8")
            programs[program.folder.name] = program
    problems = engine.prepare(programs.values(), lambda _: None)
    words = {name: str(problems.get(program, "built")) for name, program in programs.items()}
    built_of = [name for name, program in programs.items() if program not in problems]
    assert all(isinstance(problem, BuildError) for problem in problems.values()), problems
    running = engine.launch(
        Box(at_run, tuple(paths), {}, Nofile(256, 256), 256 << 20, 20, (), "reader")
    )
    lines = []
    while (line := running.read_line(20)) is not None:
        lines.append(line)
    errors = running.stderr()
    running.remove()
    engine.close()
    sys.stdout.write(json.dumps({
        "uid": os.getuid(), "isolation": engine.environment()["isolation"], "paths": paths,
        "lines": lines, "errors": errors, "built": built_of, "words": words,
        "left": sorted(path.name for path in (folder / "home" / ".cache" / "bin").iterdir()),
        "boxes": len(list((folder / "home" / ".cache" / "boxes").iterdir())),
    }))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
