"""One folder, and what becomes of it on an engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from runner.engine.box import (
    Box,
    BuildError,
    Engine,
    EngineError,
    Language,
    MissingError,
    Nofile,
    Program,
    SilenceError,
)

AT_ONCE = 4
SECONDS = 30
BUILT_NOT, SERVES, ENDS = "does not build", "serves", "ends"


@dataclass(frozen=True)
class Case:
    """`files` by their paths, and `make` for what is not a file with a text. `said` is a pattern
    of the reason."""

    files: Mapping[str, str | bytes]
    make: Callable[[Path], object] = lambda _: None
    folder: str = ""
    language: Language = "c"
    outcome: str = SERVES
    said: str = ""

    def placed(self, below: Path, name: str) -> Program:
        folder = below / (self.folder or name)
        folder.mkdir(parents=True)
        for path, content in self.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.make(folder)
        return Program("server", folder, self.language)


@dataclass
class Seen:
    """What an engine made of each case: an outcome and a reason."""

    caller: Program
    found: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, engine: Engine, programs: Mapping[str, Program]) -> Seen:
        problems = engine.prepare([self.caller, *programs.values()], lambda _: None)
        assert self.caller not in problems, problems[self.caller]
        built = {name: each for name, each in programs.items() if each not in problems}
        for name, program in programs.items():
            if program in problems:
                problem = problems[program]
                kind = BUILT_NOT if isinstance(problem, BuildError) else "skipped"
                self.found[name] = kind, str(problem)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = pool.map(lambda program: self._run(engine, program), built.values())
            self.found |= dict(zip(built, ended, strict=True))
        return self

    def _run(self, engine: Engine, program: Program) -> tuple[str, str]:
        """READY, one byte there and back, SIGTERM: or what happens in place of it."""
        try:
            port = str(engine.free_port())
            server = engine.launch(_box(program, port))
        except (EngineError, BuildError, MissingError) as error:
            return type(error).__name__, str(error)
        try:
            line = server.read_line(SECONDS)
            if line is None or not line.startswith("READY "):
                return ENDS, f"{line or ''} {server.stderr()}"
            caller = engine.launch(_box(self.caller, port, "call", "127.0.0.1", port), server)
            answer = caller.read_line(SECONDS)
            caller.remove()
            ended = server.stop(SECONDS)
            return SERVES if answer == "answered" else f"says {answer}", f"{line}, {ended}"
        except (EngineError, SilenceError) as error:
            return type(error).__name__, str(error)
        finally:
            server.remove()


def differences(cases: Mapping[str, Case], seen: Seen) -> dict[str, tuple[str, str]]:
    """The cases that became something else than they should, with the reason that was given."""
    return {
        name: seen.found[name]
        for name, case in cases.items()
        if seen.found[name][0] != case.outcome
        or not re.search(case.said, seen.found[name][1])
        or not _is_safe(seen.found[name][1])
    }


def _is_safe(reason: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in reason)


def _box(program: Program, port: str, *args: str) -> Box:
    env = {"PORT": port, "BACKLOG": "16"}
    return Box(program, args, env, Nofile(256, 256), 256 << 20, 64, (), "folders")
