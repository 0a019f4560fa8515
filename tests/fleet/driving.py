"""Start a fleet, read its events one by one, talk to it on stdin."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

Event = dict[str, Any]
SOURCES = Path(__file__).parents[2] / "runner" / "native" / "fleet"
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
PATIENCE = 60  # seconds after which a fleet counts as hung: no test expects to get near


def compiled(target: Path, *flags: str, sources: str = "*.c") -> Path:
    """The fleet (or a part of it), compiled with all warnings as errors."""
    files = [str(path) for path in sorted(SOURCES.glob(sources))]
    subprocess.run(["cc", *WARNINGS, *flags, *files, "-o", str(target), "-lm"], check=True)
    return target


@dataclass
class Fleet:
    """A fleet that is running."""

    process: subprocess.Popen[str]
    events: list[Event] = field(default_factory=list)

    def until(self, name: str, **wanted: object) -> Event:
        """Read on to the next event of this name (and with these values)."""
        for line in self.stdout:
            event: Event = json.loads(line)
            self.events.append(event)
            if event["event"] == name and all(event[key] == wanted[key] for key in wanted):
                return event
        raise AssertionError(f"no {name} in {self.events}")

    def tell(self, line: str) -> None:
        """Write a line to the fleet's stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def result(self) -> Event:
        """Its result; the fleet must then end by itself, cleanly, once nobody speaks to it."""
        result = self.until("result")
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        return result

    @property
    def stdout(self) -> IO[str]:
        """What it says."""
        assert self.process.stdout is not None
        return self.process.stdout


@contextmanager
def fleet(command: list[str]) -> Iterator[Fleet]:
    """A fleet that does not outlive the test."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Fleet(process)
        finally:
            process.kill()


def errors(result: Event) -> dict[str, int]:
    """The error kinds that occurred."""
    return {kind: count for kind, count in result["errors"].items() if count}
