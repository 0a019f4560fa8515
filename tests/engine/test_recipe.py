"""A Dockerfile as the lab reads it: what is followed, and what is refused before anything runs."""

from __future__ import annotations

import io
import tarfile

import pytest

from runner.engine.box import BuildError
from runner.engine.images.content import Following
from runner.engine.images.following import (
    placed,
    require_sources,
    script_of,
    unpacked,
)
from runner.engine.recipe import Copy, Recipe, Run, read

BASES = ("iolab/toolchain-cpp", "iolab/runtime-python")
CPP = """\
# Needs: io_uring
FROM iolab/toolchain-cpp

WORKDIR /app/src
COPY *.cpp *.hpp ./
COPY lib/ lib/
ENV FLAGS="-O2 -Wall" PATH=/app/bin:$PATH
RUN g++ $FLAGS \\
    # a comment between continued lines
    -o /app/server *.cpp
EXPOSE 9000
CMD ["--quiet"]
ENTRYPOINT ["/app/server"]
"""


def recipe(text: str) -> Recipe:
    return read(text, BASES)


def test_what_an_ordinary_dockerfile_means() -> None:
    assert recipe(CPP) == Recipe(
        base="iolab/toolchain-cpp",
        steps=(
            Copy(("*.cpp", "*.hpp"), "/app/src", folder=True),
            Copy(("lib/",), "/app/src/lib", folder=True),
            Run("g++ $FLAGS -o /app/server *.cpp", "/app/src"),
        ),
        settings=(("FLAGS", "-O2 -Wall"), ("PATH", "/app/bin:$PATH")),
        start="/app/server --quiet",
        folder="/app/src",
    )


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        ('ENTRYPOINT ["/app/server", "a b"]', "/app/server 'a b'"),
        ("ENTRYPOINT exec /app/server", "/bin/sh -c 'exec /app/server'"),
        ("CMD python3 server.py", "/bin/sh -c 'python3 server.py'"),
        ('CMD ["perl", "server.pl"]', "perl server.pl"),
        ('cmd ["one"]\nCMD ["two"]', "two"),
    ],
)
def test_how_the_server_starts(lines: str, start: str) -> None:
    assert recipe(f"FROM iolab/runtime-python\n{lines}\n").start == start


ENDS = '\nENTRYPOINT ["/app/server"]\n'
REFUSED = {
    "syntax": ("# syntax=docker/dockerfile:1\nFROM iolab/toolchain-cpp", "chooses another builder"),
    "escape": ("# escape=`\nFROM iolab/toolchain-cpp", "chooses another builder"),
    "check": ("#check=skip=all\nFROM iolab/toolchain-cpp", "chooses another builder"),
    "a stranger's base": ("FROM debian:bookworm-slim", "is no image to begin with"),
    "the reference's image": ("FROM iolab/reference-c:0123456789ab", "is no image to begin with"),
    "a base by digest": ("FROM iolab/toolchain-cpp@sha256:00", "is no image to begin with"),
    "a tag": ("FROM iolab/toolchain-cpp:latest", "is no image to begin with"),
    "scratch": ("FROM scratch", "is no image to begin with"),
    "a variable": ("FROM ${BASE}", "is no image to begin with"),
    "a platform": ("FROM --platform=linux/amd64 iolab/toolchain-cpp", "without options"),
    "a stage": ("FROM iolab/toolchain-cpp AS build", "FROM and one name"),
    "two stages": ("FROM iolab/toolchain-cpp\nFROM iolab/runtime-python", "in one stage"),
    "from another image": (
        "FROM iolab/toolchain-cpp\nCOPY --from=iolab/reference-c /labs /app/",
        "COPY --from",
    ),
    "another owner": ("FROM iolab/toolchain-cpp\nCOPY --chown=0:0 a /app/", "without options"),
    "a mount": ("FROM iolab/toolchain-cpp\nRUN --mount=type=ssh true", "without options"),
    "the host's network": ("FROM iolab/toolchain-cpp\nRUN --network=host true", "without options"),
    "no sandbox": ("FROM iolab/toolchain-cpp\nRUN --security=insecure id", "without options"),
    "ADD of a URL": ("FROM iolab/toolchain-cpp\nADD http://127.0.0.1/x /app/", "it fetches URLs"),
    "ADD of an archive": ("FROM iolab/toolchain-cpp\nadd x.tar /app/", "write COPY"),
    "root": ("FROM iolab/toolchain-cpp\nUSER root", "run as user 65534"),
    "HEALTHCHECK": ("FROM iolab/toolchain-cpp\nHEALTHCHECK CMD true", "delete the line"),
    "VOLUME": ("FROM iolab/toolchain-cpp\nVOLUME /data", "/tmp only"),
    "ONBUILD": ("FROM iolab/toolchain-cpp\nONBUILD RUN id", "write the instruction itself"),
    "SHELL": ('FROM iolab/toolchain-cpp\nSHELL ["/bin/bash", "-c"]', "run by /bin/sh"),
    "STOPSIGNAL": ("FROM iolab/toolchain-cpp\nSTOPSIGNAL SIGKILL", "ended by SIGTERM"),
    "ARG": ("ARG BASE=x\nFROM iolab/toolchain-cpp", "no arguments"),
    "an absolute source": ("FROM iolab/toolchain-cpp\nCOPY /etc/passwd /app/", "is not a path in"),
    "a source above": ("FROM iolab/toolchain-cpp\nCOPY a/../../b /app/", "is not a path in"),
    "a target elsewhere": ("FROM iolab/toolchain-cpp\nCOPY a /usr/bin/", "nothing else is kept"),
    "a target above": ("FROM iolab/toolchain-cpp\nCOPY a ../usr", "nothing else is kept"),
    "beside the folder": ("FROM iolab/toolchain-cpp\nWORKDIR /apple", "nothing else is kept"),
    "a folder in a variable": ("FROM iolab/toolchain-cpp\nWORKDIR $HOME", "not replaced in paths"),
    "a here-document": ("FROM iolab/toolchain-cpp\nRUN <<EOF", "a here-document"),
    "a here-document's file": ("FROM iolab/toolchain-cpp\nCOPY <<EOF /app/x", "a here-document"),
    "the port": ("FROM iolab/toolchain-cpp\nENV PORT=80", "is set when the server starts"),
    "a variable's name": ("FROM iolab/toolchain-cpp\nENV a;b=1", "no name of a variable"),
    "words that are numbers": ("FROM iolab/toolchain-cpp\nRUN [1, 2]", "in double quotes"),
    "an open quotation": ('FROM iolab/toolchain-cpp\nENV A="b', "No closing quotation"),
    "no instruction": ("FROM iolab/toolchain-cpp\nCURL x", "is no instruction"),
    "RUN before FROM": ("RUN id\nFROM iolab/toolchain-cpp", "first instruction must be FROM"),
    "no FROM": ("# nothing", "first instruction must be FROM"),
    "a NUL": ("FROM iolab/toolchain-cpp\nRUN a\0b", "not a text"),
    "a page too long": ("FROM iolab/toolchain-cpp\n" + "# x\n" * 20_000, "not a text of at most"),
    "too many steps": ("FROM iolab/toolchain-cpp\n" + "RUN id\n" * 101, "more than 100"),
    "brackets without end": ("FROM iolab/toolchain-cpp\nCOPY " + "[" * 50_000, "write COPY"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_by_its_line(text: str, reason: str) -> None:
    with pytest.raises(BuildError) as refused:
        recipe(text + ENDS)
    assert reason in str(refused.value)
    assert str(refused.value).startswith("Dockerfile")
    assert str(refused.value).isprintable()


def test_an_empty_page() -> None:
    with pytest.raises(BuildError, match="there is no FROM; begin with FROM iolab/toolchain-cpp"):
        recipe("\n# nothing\n")


def test_a_server_that_is_never_started() -> None:
    with pytest.raises(BuildError, match="nothing is started"):
        recipe("FROM iolab/toolchain-cpp\nRUN id\n")


FILES = {"a.cpp": b"", "b.cpp": b"", "b.hpp": b"", "lib/c.cpp": b"", "lib/deep/d.cpp": b""}


@pytest.mark.parametrize(
    ("step", "files"),
    [
        (Copy(("a.cpp",), "/app/main.cpp", folder=False), {"a.cpp": "/app/main.cpp"}),
        (Copy(("a.cpp",), "/app/src", folder=True), {"a.cpp": "/app/src/a.cpp"}),
        (
            Copy(("*.cpp",), "/app", folder=True),
            {"a.cpp": "/app/a.cpp", "b.cpp": "/app/b.cpp"},
        ),
        (
            Copy(("lib/",), "/app/lib", folder=True),
            {"lib/c.cpp": "/app/lib/c.cpp", "lib/deep/d.cpp": "/app/lib/deep/d.cpp"},
        ),
        (
            Copy(("lib",), "/app", folder=False),
            {"lib/c.cpp": "/app/c.cpp", "lib/deep/d.cpp": "/app/deep/d.cpp"},
        ),
        (Copy(("./lib/*.cpp",), "/app", folder=True), {"lib/c.cpp": "/app/c.cpp"}),
        (Copy((".",), "/app", folder=False), {name: f"/app/{name}" for name in FILES}),
    ],
)  # fmt: skip
def test_where_copied_files_go(step: Copy, files: dict[str, str]) -> None:
    assert dict(placed(step, FILES)) == files


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(BuildError, match=r"COPY nothing\.c: there is no such file"):
        list(placed(Copy(("nothing.c",), "/app/", folder=True), FILES))


def test_values_are_replaced_by_the_shell_and_end_no_quotation() -> None:
    evil = 'a"; touch /tmp/x; `id` \\ $PATH'
    made = Recipe("iolab/runtime-c", (), (("A", evil),), "/app/server", "/app/it's")
    start = Following(made, {}, "s").start.decode()
    assert start.splitlines() == [
        r'export A="a\"; touch /tmp/x; \`id\` \\ $PATH"',
        """cd '/app/it'"'"'s'""",
        "exec /app/server",
    ]
    assert script_of(made, {}).splitlines()[1] == start.splitlines()[0]


@pytest.mark.parametrize("content", [b"\x7fELF\x02", b"!<arch>\nx", b"\xca\xfe\xba\xbe", b"\0asm"])
def test_what_was_compiled_before_is_no_source(content: bytes) -> None:
    require_sources({"main.go": b"package main"}, "s")
    with pytest.raises(BuildError, match=r"s: bin/server is compiled|s: bin/server is a compiled"):
        require_sources({"bin/server": content}, "s")


def archive(*members: tuple[str, bytes, bytes]) -> bytes:
    """Of names, kinds and contents."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, len(content)
            member.linkname, member.mode = "/etc/passwd", 0o755
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def test_of_what_was_made_regular_files_are_kept() -> None:
    made = unpacked(
        archive(
            ("./server", tarfile.REGTYPE, b"program"),
            ("./link", tarfile.SYMTYPE, b""),
            ("./device", tarfile.CHRTYPE, b""),
            ("./fifo", tarfile.FIFOTYPE, b""),
        ),
        "s",
    )
    assert made.files == {"server": b"program"}
    assert made.programs == {"server"}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (archive(("../../etc/cron.d/x", tarfile.REGTYPE, b"x")), "is called"),
        (archive(("/etc/passwd", tarfile.REGTYPE, b"x")), "is called"),
        (archive(("a\nb", tarfile.REGTYPE, b"x")), "is called"),
        (archive(("a", tarfile.DIRTYPE, b"")), "left nothing"),
        (archive(*((f"{n}", tarfile.REGTYPE, b"") for n in range(5002))), "more than 5000 files"),
        (b"no archive" * 100, "cannot be read"),
        (archive(("server", tarfile.REGTYPE, b"x" * 4096))[:1024], "cannot be read"),
        (b"", "cannot be read"),
    ],
    ids=["above", "absolute", "a line", "empty", "many", "no archive", "cut", "nothing"],
)
def test_an_archive_that_anyone_may_have_written(made: bytes, reason: str) -> None:
    with pytest.raises(BuildError, match=reason):
        unpacked(made, "s")
