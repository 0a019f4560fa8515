"""Folders that are odd and honest: each serves, on both engines."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.engine.folders.case import Case

BODY = r"""
int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "odd");
    for (;;) {
        int client = accept_client(listener, 0);
        if (client < 0)
            continue;
        echo_until_closed(client);
        close_client(client);
    }
}
"""
C = '#include "lab.h"\n' + BODY
PYTHON = """
import lab
lab.obey_signals()
listener = lab.open_listener(blocking=True)
lab.say_ready(listener, "odd")
while True:
    client = lab.accept_client(listener, blocking=True)
    if client is not lab.NO_CLIENT and client is not lab.REFUSED:
        lab.echo_until_closed(client)
        lab.close_client(client)
"""
ON_LOCALHOST = r"""
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int fd = socket(AF_INET, SOCK_STREAM, 0), six = socket(AF_INET6, SOCK_STREAM, 0);
    char host[64], *port = getenv("PORT"), byte;
    if (gethostname(host, sizeof host) || getaddrinfo(host, port, &hints, &found))
        return 2;
    hints.ai_family = AF_INET6;
    if (getaddrinfo("localhost", "0", &hints, &found)
        || bind(six, found->ai_addr, found->ai_addrlen))
        return 3;
    hints.ai_family = AF_INET;
    if (getaddrinfo("localhost", port, &hints, &found)
        || bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, 5))
        return 4;
    printf("READY port=%s model=odd\n", port);
    fflush(stdout);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (read(client, &byte, 1) == 1 && write(client, &byte, 1) != 1)
            return 5;
        close(client);
    }
}
"""
DIE = r"""
#include <stdio.h>
#include <stdlib.h>
void die(const char *why) { fprintf(stderr, "mine: %s\n", why); exit(9); }
int spare = 3, arrivals = 4;
int now(void) { return spare + arrivals; }
"""
STEP = r"""
#include <unistd.h>
int echo_step(int client)
{
    char byte;
    return read(client, &byte, 1) == 1 && write(client, &byte, 1) == 1;
}
"""
OWN_STEP = C.replace("echo_until_closed(client)", "while (echo_step(client) == 1)\n            ;")
LESS = "if (setgid(getgid()) || setuid(getuid()))\n        return 9;\n    obey_signals();"
NO_ROOT = '#include "lab.h"\n#include <unistd.h>\n' + BODY.replace("obey_signals();", LESS)
ROOT_TO_NOBODY = NO_ROOT.replace(
    "setgid(getgid()) || setuid(getuid())",
    "getuid() == 0 && (setgid(65534) || setuid(65534))",
)
NEEDS_MATHS = '#include "lab.h"\n#include <math.h>\nvolatile double x = 2;\n' + BODY.replace(
    "obey_signals();", "obey_signals();\n    if (sqrt(sin(x)) > x)\n        return 1;"
)
UMLAUT = PYTHON.replace('"odd"', "größe.name").replace("import lab", "import lab, größe")
NAMES = ("Capital", "with space", "größe", "dotted.name", "l" * 70, "-dash", "ein'f\"ach$(x)",
         "::error::x", "lab.c", "server")  # fmt: skip


def named(name: str) -> Case:
    return Case({"server.c": C}, folder=f"{name}/{name}" if name == "server" else name)


def link(name: str, target: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).symlink_to(target)


def rubbish(folder: Path) -> None:
    """What lies about in a folder: no source, and so of no consequence."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(folder / "s"))
    (folder / "core").write_bytes(b"")
    os.truncate(folder / "core", 1 << 30)
    (folder / "outside").symlink_to("/")
    (folder / "again").symlink_to(".")
    (folder / "README.md").symlink_to("/nowhere")
    (folder / "secret").mkdir(mode=0o755)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.c").write_text("broken")


def editors(folder: Path) -> None:
    (folder / ".#server.c").symlink_to("me@host.1234:5678")
    (folder / ".#server.h").symlink_to("me@host.1234:5678")
    (folder / "._server.c").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X")
    (folder / ".server.c.swp").write_bytes(b"b0VIM 9.0")
    (folder / "server.c~").write_text("old")
    (folder / "#server.c#").write_text("old")


def mac_and_emacs_in_python(folder: Path) -> None:
    (folder / ".#server.py").symlink_to("me@host.1234:5678")
    (folder / "._server.py").write_bytes(b"\0\5\26\7")


HEADER = {"include/deep/er/size.h": "#define BACKLOG 16\n", "server.c": '#include "lab.h"\n'
          '#include "include/deep/er/size.h"\n' + BODY}  # fmt: skip
MORE = {"server.c": C.replace("obey_signals();", "more();\n    obey_signals();").replace(
    "int main", "void more(void);\nint main")}  # fmt: skip

ODD: dict[str, Case] = {f"named {name[:20]}": named(name) for name in NAMES} | {
    "editors' locks": Case({"server.c": C}, make=editors),
    "rubbish": Case({"server.c": C}, make=rubbish),
    "headers below": Case(HEADER),
    "source below": Case({"part/more.c": "void more(void) {}\n",
                          "server.c": '#include "part/more.c"\n' + MORE["server.c"]}),
    "tables": Case({"t.def": "X(1)\n", "t.inc": "int t = 1;\n", "server.c": '#include "t.inc"\n'
                    '#define X(n) int x##n = n;\n#include "t.def"\n' + C}),
    "several sources": Case(MORE | {"my more.c": "void more(void) {}\n", "-x.c": "int x;\n",
                                    "@y.c": "int y;\n"}),
    "a link within": Case({"main.txt.c": "int z;\n", "src/real.c": C},
                          make=link("server.c", "src/real.c")),
    "a header that is a link": Case(HEADER | {"a.h": "int a;\n"}, make=link("b.h", "./a.h")),
    "own die": Case({"server.c": C.replace('#include "lab.h"\n', "") .replace(
        "int main", "int open_listener(int), accept_client(int, int); void obey_signals(void), "
        "say_ready(int, char *), echo_until_closed(int), close_client(int);\nint main"),
        "die.c": DIE}),
    "own echo_step": Case({"server.c": OWN_STEP, "step.c": STEP}),
    "2 MiB": Case({"server.c": C + "/*" + "x" * (2 << 20) + "*/\n"}),
    "CRLF and a mark": Case({"server.c": b"\xef\xbb\xbf" + ("// Build: -O1 -lm\n" + NEEDS_MATHS)
                             .replace("\n", "\r\n").encode()}),
    "Build after //": Case({"server.c": "// Build: -O0 -lm\n" + NEEDS_MATHS}),
    "Build in one line": Case({"server.c": "/* Build: -O0 -lm */\n" + NEEDS_MATHS}),
    "Build in a doc comment": Case({"server.c": "/** x\n** Build: -O0 -lm\n*/\n" + NEEDS_MATHS}),
    "localhost": Case({"server.c": ON_LOCALHOST}),
    "gives up what it has": Case({"server.c": NO_ROOT}),
    "gives up root": Case({"server.c": ROOT_TO_NOBODY}),
    "import lab alone": Case({"server.py": PYTHON}, language="python"),
    "a package": Case({"mine/__init__.py": "", "mine/deep/name.py": "NAME = 'odd'\n", "server.py":
                       "from mine.deep.name import NAME\n" + PYTHON}, language="python"),
    "umlauts": Case({"größe.py": "name = 'größe'\n", "server.py": UMLAUT}, language="python"),
    "a link in Python": Case({"a/b.py": PYTHON}, make=link("server.py", "a/b.py"),
                             language="python"),
    "own lab.py": Case({"lab.py": "from pathlib import Path\nexec(Path(__file__).parents[1]"
                        ".joinpath('lab.py').read_text())\n", "server.py": PYTHON},
                       language="python"),
    "a virtual environment": Case({"server.py": PYTHON, "venv/pyvenv.cfg": "", "tests/bad.py": "("}
                                  | {f"venv/lib/{n}.py": "(" for n in range(1100)},
                                  language="python"),
    "stale bytecode": Case({"server.py": "import other\n" + PYTHON, "other.py": "",
                            "__pycache__/other.cpython-311.pyc": b"rubbish"}, language="python"),
    "latin-1": Case({"server.py": b"# -*- coding: latin-1 -*-\n# gr\xf6\xdfe\n" + PYTHON.encode()},
                    language="python"),
    "locks in Python": Case({"server.py": PYTHON}, make=mac_and_emacs_in_python,
                            language="python"),
    "a space in Python": Case({"server.py": PYTHON}, folder="ein Ordner", language="python"),
}  # fmt: skip
