"""C to a binary: compiled once, again when anything that matters changed, and with which words."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from runner.engine import compile as compiler
from runner.engine.assembler import located
from runner.engine.bounds import TEXT_BYTES_MAX
from runner.engine.box import BuildError, MissingError, Program
from runner.engine.sources import flags_of, sources_of
from runner.paths import LABS

BANNER = "/*\n * lab\n *\n * Build: {}\n */\n"
MAIN = '#include "lab.h"\n#include <stdio.h>\nint main(void) {{ puts("{}"); return lab() - 7; }}\n'


class Lab:
    """A labs root with one lab, and a compiler that writes down when it is called."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.labs = root / "labs"
        self.folder = self.labs / "toy"
        self.cache = root / "cache"
        self.log = root / "log"
        self.said: list[str] = []
        self.folder.mkdir(parents=True)
        (self.labs / "lab.h").write_text("int lab(void);\n")
        (self.labs / "lab.c").write_text('#include "lab.h"\nint lab(void) { return 7; }\n')
        self.write("one", "-O1")
        wrapper = root / "logging-cc"
        wrapper.write_text(
            f'#!/bin/sh\ncase "$1" in --version) ;; *) echo "$*" >>"{self.log}";; esac\n'
            'exec cc "$@"\n'
        )
        wrapper.chmod(0o755)
        monkeypatch.setenv("CC", str(wrapper))

    def write(self, text: str, flags: str) -> None:
        source = BANNER.format(flags) + MAIN.format(text)
        (self.folder / "server.c").write_text(source)

    @property
    def program(self) -> Program:
        return Program("server", self.folder, "c")

    def build(self) -> Path:
        return compiler.binary(self.program, self.labs, self.cache, self.said.append)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(tmp_path, monkeypatch)


def output(binary: Path) -> str:
    return subprocess.run([binary], check=True, capture_output=True, text=True).stdout


def test_the_second_time_nothing_is_compiled(lab: Lab) -> None:
    first, second = lab.build(), lab.build()
    assert first == second
    assert output(first) == "one\n"
    assert len(lab.calls()) == 1
    assert lab.said == ["compiling toy (c)"]


def test_an_edit_compiles_again_and_taking_it_back_does_not(lab: Lab) -> None:
    first = lab.build()
    lab.write("two", "-O1")
    assert output(lab.build()) == "two\n"
    lab.write("one", "-O1")
    assert lab.build() == first
    assert len(lab.calls()) == 2


@pytest.mark.parametrize("name", ["lab.c", "lab.h", "toy/own.h", "toy/more.c"])
def test_every_source_counts(lab: Lab, name: str) -> None:
    first = lab.build()
    path = lab.labs / name
    path.write_text((path.read_text() if path.exists() else "") + "/* changed */\n")
    assert lab.build() != first


def test_the_flags_are_those_of_the_banner(lab: Lab) -> None:
    lab.write("flags", "-O0 -pthread -DNAME=3 -lm")
    lab.build()
    (call,) = lab.calls()
    assert "-std=gnu11 -O0 -pthread -DNAME=3 -I. server/server.c lab.c" in call
    assert call.endswith("-lm"), "libraries come after what needs them"


def test_another_compiler_is_another_binary(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lab.build()
    monkeypatch.setenv("CC", "cc -g")
    assert lab.build() != first


def test_a_cache_of_somebody_else_in_the_same_moment(lab: Lab) -> None:
    built: list[Path] = []
    threads = [threading.Thread(target=lambda: built.append(lab.build())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(built)) == 1
    assert output(built[0]) == "one\n"
    assert [path.name for path in built[0].parent.iterdir()] == [built[0].name]


@pytest.mark.parametrize(
    "flag",
    ["-Wl,-rpath,/tmp", "-fplugin=evil.so", "@file", "-o/etc/passwd", "-I/root", "-l../x", "x.c",
     "-B.", "-Wp,-MD,out", "-Wa,--x", "-include", "-specs=x", "-wrapper", "$(id)"],
)  # fmt: skip
def test_other_flags_are_refused_by_name(lab: Lab, flag: str) -> None:
    lab.write("x", f"-O2 {flag}")
    with pytest.raises(BuildError, match="is not among the allowed flags") as refused:
        lab.build()
    assert flag in str(refused.value)
    assert lab.calls() == []


@pytest.mark.parametrize(
    ("banner", "flags"),
    [
        ("/* no such line */", ("-O2",)),
        (BANNER.format("-O3 -pthread"), ("-O3", "-pthread")),
        ("/* Build: -Os */", ("-Os",)),
        ("/*\n * Build: -Os -Wall */", ("-Os", "-Wall")),
        (BANNER.format(""), ()),
        (BANNER.format("-std=c99 -fno-stack-protector -UNDEBUG -g"),
         ("-std=c99", "-fno-stack-protector", "-UNDEBUG", "-g")),
    ],
)  # fmt: skip
def test_flags_of(tmp_path: Path, banner: str, flags: tuple[str, ...]) -> None:
    (tmp_path / "server.c").write_text(banner)
    assert flags_of(tmp_path / "server.c") == flags


def test_our_labs_state_allowed_flags() -> None:
    sources = sorted(LABS.glob("*/server.c"))
    assert sources
    for source in sources:
        assert flags_of(source)


def test_the_compilers_words_with_the_students_paths(lab: Lab) -> None:
    (lab.folder / "server.c").write_text("int main(void)\n{\n    return wrong;\n}\n")
    with pytest.raises(BuildError, match=r"^toy/server\.c: In function") as refused:
        lab.build()
    assert "toy/server.c:3:12: error:" in str(refused.value)
    assert str(lab.labs) not in str(refused.value)


def test_a_wrong_instruction_is_found_in_the_students_file(lab: Lab) -> None:
    """Outside of a function the assembler knows only a temporary file of the compiler."""
    wrong = 'int main(void) { return 0; }\n\nasm(".globl f\\n"\n    "f: bogus %eax\\n");\n'
    (lab.folder / "server.c").write_text(wrong)
    with pytest.raises(BuildError, match=r"^asm in toy/server\.c: Assembler messages:") as refused:
        lab.build()
    assert "toy/server.c:4: Error:" in str(refused.value)
    assert "/cc" not in str(refused.value)


@pytest.mark.parametrize(
    ("source", "word", "shown"),
    [
        ('int x;\nasm("nop\\n"\n "movl %%eax, b");', "movl", "server/a.c:3: Error"),
        ('/* ) */ __asm__ volatile (")" /* ( */\n"bad" : : "r"(f(x)));', "bad", "server/a.c:2: E"),
        ('asm("nop");\nchar *bad = "bad";', "bad", "asm in server/a.c: Error"),
        ('asm("bad");\n' * 4, "bad", "asm in server/a.c: Error"),
        ("int bad;", "bad", "asm in the program: Error"),
    ],
)
def test_only_an_asm_is_the_place_of_an_assemblers_message(
    source: str, word: str, shown: str
) -> None:
    text = f"/tmp/ccAbC12z.s:9: Error: no such instruction: `{word} 1'"
    assert located(text, {"server/a.c": source.encode()}).startswith(shown)
    assert located("server/a.c:9: Error: `bad'", {"server/a.c": b'asm("bad");'}) == (
        "server/a.c:9: Error: `bad'"
    )


def test_many_words_are_bounded(lab: Lab) -> None:
    (lab.folder / "server.c").write_text("\n".join(f"int f{i}(void) {{ no; }}" for i in range(999)))
    with pytest.raises(BuildError) as refused:
        lab.build()
    assert len(str(refused.value)) <= TEXT_BYTES_MAX + 100


@pytest.mark.parametrize("missing", ["server.c", "everything"])
def test_a_folder_without_sources(lab: Lab, missing: str) -> None:
    (lab.folder / "server.c").unlink()
    if missing == "server.c":
        (lab.folder / "other.c").write_text("int x;\n")
    with pytest.raises(BuildError, match="toy"):
        lab.build()


def test_no_compiler_says_what_to_type(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", str(lab.folder))
    with pytest.raises(MissingError) as missing:
        lab.build()
    assert missing.value.what == "no C compiler"
    assert missing.value.remedy == "type: sudo apt-get install gcc libc6-dev"


def test_a_compiler_that_does_not_work(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(MissingError, match="does not work as a C compiler"):
        lab.build()


def test_a_compiler_that_hangs_is_ended_with_its_children(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "hanging-cc"
    hanging.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\nsleep 1000 &\nwait\n')
    hanging.chmod(0o755)
    monkeypatch.setenv("CC", str(hanging))
    monkeypatch.setattr(compiler, "SECONDS", 0.1)
    with pytest.raises(BuildError, match=r"took longer than 0\.1 s"):
        lab.build()


def test_python_has_a_hash_of_its_own(lab: Lab) -> None:
    program = Program("server", lab.folder, "python")
    (lab.folder / "server.py").write_text("print()\n")
    before = sources_of(program, lab.labs).key
    lab.write("another", "-O1")
    assert sources_of(program, lab.labs).key == before
    (lab.labs / "lab.py").write_text("\n")
    assert sources_of(program, lab.labs).key != before


def test_a_fleet_takes_mathematics_and_nothing_of_the_labs(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    folder.mkdir()
    (folder / "own.c").write_text('#include <stdio.h>\nint main(void) { puts("fleet"); }\n')
    built = compiler.binary(Program("fleet", folder, "c"), lab.labs, lab.cache)
    assert output(built) == "fleet\n"
    (call,) = lab.calls()
    assert "-std=gnu11 -O2 " in call
    assert call.endswith("-lm")
    assert "lab.c" not in call


def test_the_shim_is_cached_too(lab: Lab) -> None:
    assert compiler.shim(lab.cache) == compiler.shim(lab.cache)
    assert len(lab.calls()) == 1
