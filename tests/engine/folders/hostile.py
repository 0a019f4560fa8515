"""Folders that are hostile or broken: a fault of that lab alone, with a reason, on both engines."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.engine.folders.case import BUILT_NOT, ENDS, Case
from tests.engine.folders.odd import BODY, PYTHON, C


def broken(
    make: Callable[[Path], object] = lambda _: None, said: str = "", **files: str | bytes
) -> Case:
    """Beside a server that would serve: `a__b_c` stands for `a/b.c`."""
    paths = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return Case({"server.c": C} | paths, make=make, outcome=BUILT_NOT, said=said)


def in_python(make: Callable[[Path], object], said: str) -> Case:
    return Case({"server.py": PYTHON}, make=make, language="python", outcome=BUILT_NOT, said=said)


def tries(what: str, includes: str = "") -> Case:
    """A server that serves only if it may do what it must not, and says so."""
    text = f'#define _GNU_SOURCE\n#include "lab.h"\n{includes}\n' + BODY.replace(
        "obey_signals();", f"if (!({what}))\n        return 7;\n    obey_signals();"
    )
    return Case({"server.c": text}, outcome=ENDS)


def big(name: str, size: int) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).touch()
        os.truncate(folder / name, size)

    return make


def unix_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        here = Path.cwd()
        os.chdir(folder)
        try:
            sock.bind("x.c")
        finally:
            os.chdir(here)


def loop(folder: Path) -> None:
    (folder / "a.c").symlink_to("b.c")
    (folder / "b.c").symlink_to("a.c")


def many(folder: Path) -> None:
    for number in range(1001):
        (folder / f"{number}.c").touch()


def deep(folder: Path) -> None:
    folder.joinpath(*["d"] * 20).mkdir(parents=True)


def named(name: bytes) -> Callable[[Path], object]:
    return lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()


def linked(name: str, target: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).symlink_to(target)


def neighbour(folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir(exist_ok=True)
    (other / "answer.c").write_text("int answer;\n")
    (folder / "x.c").symlink_to("../other/answer.c")


def hard_links(folder: Path) -> None:
    """Many files with many names, of which one lies elsewhere."""
    for number in range(400):
        (folder / f"{number}.h").touch()
        os.link(folder / f"{number}.h", folder / f"{number}.txt")
    os.link(folder / "399.h", folder.parent / "elsewhere")


HOSTILE: dict[str, Case] = {
    "a hard link": broken(hard_links, r"399\.h: is a hard link to a file outside"),
    "a FIFO": broken(lambda folder: os.mkfifo(folder / "x.c"), r"x\.c: is not a regular file"),
    "a FIFO for a header": broken(lambda folder: os.mkfifo(folder / "x.h"), r"x\.h: is not a reg"),
    "a folder old.c": broken(lambda folder: (folder / "old.c").mkdir(), r"old\.c: is a folder"),
    "a folder x.h": broken(lambda folder: (folder / "x.h").mkdir(), r"x\.h: is a folder"),
    "a socket": broken(unix_socket, r"x\.c: is not a regular file"),
    "a link to nothing": broken(linked("x.c", "gone.c"), r"x\.c: is a link to a file that does"),
    "a link to itself": broken(loop, r"[ab]\.c: is a link that leads in a circle"),
    "a link to /dev/zero": broken(linked("x.h", "/dev/zero"), r"x\.h: is a link that leads out"),
    "a link to the passwords": broken(linked("x.c", "/etc/shadow"), r"x\.c: .* leads out"),
    "a link to a neighbour": broken(neighbour, r"x\.c: .* leads out of the folder"),
    "a link to a folder": broken(linked("x.c", "."), r"x\.c: is a folder"),
    "a header of 1 GB": broken(big("x.h", 1 << 30), r"x\.h: larger than 16 MiB"),
    "17 MiB": broken(big("x.c", 17 << 20), r"x\.c: larger than 16 MiB"),
    "45 MiB together": broken(lambda folder: [big(f"{n}.h", 15 << 20)(folder) for n in range(3)],
                              "of the folder are larger than 32 MiB"),
    "1001 sources": broken(many, "more than 1000 source files"),
    "20 folders deep": broken(deep, "more than 16 folders deep"),
    "an escape in a name": broken(named(b"\x1b[31mred\n.c"), "printable"),
    "no UTF-8 in a name": broken(named(b"\xff\xfe.c"), "printable"),
    "no server": Case({"other.c": C}, outcome=BUILT_NOT, said="no server.c in this folder"),
    "Server.c": Case({"Server.c": C}, outcome=BUILT_NOT, said=r"no server\.c .*rename Server\.c"),
    "nothing": Case({}, outcome=BUILT_NOT, said="no server.c in this folder"),
    "the server is a FIFO": Case({}, make=lambda folder: os.mkfifo(folder / "server.c"),
                                 outcome=BUILT_NOT, said=r"server\.c: is not a regular file"),
    "a plugin": Case({"server.c": "// Build: -fplugin=./x.so\n" + C}, outcome=BUILT_NOT,
                     said="-fplugin=./x.so is not among the allowed flags"),
    "needs root": Case({"server.c": "/* Needs: root */\n" + C}, outcome=BUILT_NOT,
                       said="Needs: 'root' is not one of"),
    "a library that is not asked for": Case(
        {"server.c": "/* server; Build: -lm */\n#include <math.h>\n" + C.replace(
            "obey_signals();", "if (sin(open_listener(0)) > 2)\n        return 1;\n")},
        outcome=BUILT_NOT, said=r"undefined reference to `sin'(.|\n)*Line 1 looks like a `Build:`"),
    "one name twice": broken(said="multiple definition of `f'", a_c="int f(void) { return 1; }\n",
                             b_c="int f(void) { return 2; }\n"),
    "includes the passwords": broken(said="shadow", x_c='#include "/etc/shadow"\n'),
    "takes in the passwords": broken(said="shadow", x_c='__asm__(".incbin \\"/etc/shadow\\"");\n'),
    "includes itself": broken(said="In file included from", x_c='#include "x.c"\n'),
    "includes what never ends": broken(said="more than 1024 MiB of memory",
                                      x_c='#include "/dev/zero"\n'),
    "grows without end": broken(
        said="more than 1024 MiB of memory",
        x_c="".join(f"#define {a}(x) {b}({'x ' * 8})\n" for a, b in pairwise("ABCDEFG"))
        + "#define G(x) x\nint a[] = {A(A(A(A(1,))))};\n"),
    "a program of 1 GB": broken(said="larger than 64 MiB", x_c="char a[1 << 30] = {1};\n"),
    "escapes in an error": broken(said="error", x_c="#error \x1b]0;owned\x07 ::error::\n"),
    "uses what is elsewhere": Case({"server.py": '"""Uses: ../x"""\n' + PYTHON}, outcome=BUILT_NOT,
                                   language="python", said="Uses: '../x' is not a lab"),
    "a FIFO in Python": in_python(lambda folder: os.mkfifo(folder / "x.py"), r"x\.py: is not a r"),
    "a link in Python": in_python(linked("x.py", "/etc/passwd"), r"x\.py: .* leads out"),
    "a folder x.py": in_python(lambda folder: (folder / "x.py").mkdir(), r"x\.py: is a folder"),
    "reads the passwords": tries('fopen("/etc/shadow", "r")', "#include <stdio.h>"),
    "writes to the system": tries('fopen("/etc/motd", "a")', "#include <stdio.h>"),
    "writes to its own folder": tries('fopen("server.c", "w")', "#include <stdio.h>"),
    "becomes root": tries("getuid() && !setuid(0)", "#include <unistd.h>"),
    "makes a device": tries('!mknod("/tmp/z", S_IFCHR | 0666, makedev(1, 5))',
                            "#include <sys/stat.h>\n#include <sys/sysmacros.h>"),
    "mounts": tries('!mount("x", "/tmp", "tmpfs", 0, "")', "#include <sys/mount.h>"),
    "takes all memory": tries(
        "mmap(0, 1 << 30, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)"
        " != MAP_FAILED", "#include <sys/mman.h>"),
    "says nothing": Case({"server.c": "int main(void) { return 0; }\n"}, outcome=ENDS),
    "is no server": Case({"server.py": "raise SystemExit('no')\n"}, language="python",
                         outcome=ENDS, said="no"),
}  # fmt: skip
