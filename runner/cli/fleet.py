"""`runner fleet`: the load generator alone, against any server."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from runner.cli.exit_codes import Exit
from runner.cli.fleet_summary import CrewResult, as_json, as_text, judged
from runner.cli.progress import driven
from runner.cli.terminal import tell
from runner.engine.box import EngineError
from runner.engine.compile import binary
from runner.machine import Moment, moment, usable_cpus
from runner.measure import FLEET_PROGRAM
from runner.measure.fleet import typed
from runner.paths import CACHE
from runner.records import fleet_output
from runner.records.fleet_output import FleetProgress
from runner.untrusted import UntrustedError, parsed_object

Event = dict[str, Any]
PATIENCE = 10.0
"""Within so many seconds a load generator ends after SIGTERM."""

HELP = """\
Usage: runner fleet --connect HOST:PORT [OPTIONS]

Opens connections, sends requests, checks every byte of the replies, and reports what it
measured, its own CPU use included. Examples:

  runner fleet --connect 127.0.0.1:9000 --active 50 --duration 10s
  runner fleet --connect 127.0.0.1:9000 --active 50 --rate 10k --duration 10s
  runner fleet --connect 127.0.0.1:80 --send 'GET / HTTP/1.0\\r\\n\\r\\n' --reply http:200
  runner fleet --connect 127.0.0.1:6379 --send 'PING\\r\\n' --reply 'exactly:+PONG\\r\\n'
  runner fleet --connect 127.0.0.1:9000 --active 100k --rate 2k --fleets 8 --json

  --fleets N     number of processes that share the load, each with its own descriptors (1)
  --json         one JSON object on stdout instead of the summary; its fields are in docs/fleet.md
  -q, --quiet    no progress

Exit codes: 0 every reply was right; 1 lost connections, or wrong or late replies; 2 usage;
3 the load generator failed; 4 the load generator was the bottleneck, not the server;
130 interrupted.

All other options are passed to each load generator:
"""


@click.command(
    "fleet",
    context_settings={"ignore_unknown_options": True},
    add_help_option=False,
    short_help="Drives any server, and checks its replies.",
)
@click.option("--fleets", type=click.IntRange(1, 1000), default=1)
@click.option("--json", "as_data", is_flag=True)
@click.option("-q", "--quiet", is_flag=True)
@click.option("-h", "--help", "wants_help", is_flag=True)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def fleet(fleets: int, as_data: bool, quiet: bool, wants_help: bool, words: tuple[str, ...]) -> int:
    program = binary(FLEET_PROGRAM, None, CACHE, tell)
    if wants_help:
        click.echo(help_of(program), nl=False)
        return Exit.OK
    with crew_of(program, fleets, words) as crew:
        result = crew.driven(quiet=quiet)
    if result is None:
        return crew.refused()
    click.echo(json.dumps(as_json(result), indent=2) if as_data else as_text(result))
    return judged(result)


def help_of(program: Path) -> str:
    """The options of the command, and below them those of the load generator itself."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    return HELP + text.stdout.partition("\n\n")[2].partition("\n\n")[2]


def whole_help() -> str:
    return help_of(binary(FLEET_PROGRAM, None, CACHE, tell))


@dataclass
class Crew:
    """Fleet processes that share a load, and what they say."""

    processes: list[subprocess.Popen[str]]
    said: queue.SimpleQueue[tuple[int, Event | None]] = field(default_factory=queue.SimpleQueue)
    results: dict[int, Event] = field(default_factory=dict)
    connected: dict[int, Event] = field(default_factory=dict)
    moments: dict[str, Moment] = field(default_factory=dict)
    """When the window of the first of them began and ended."""
    shown: dict[int, FleetProgress] = field(default_factory=dict)
    interrupted: bool = False

    def driven(self, *, quiet: bool) -> CrewResult | None:
        """What they measured; None where they did not begin. A signal ends them with what they
        have."""
        for index, process in enumerate(self.processes):
            threading.Thread(target=self._hear, args=[index, process], daemon=True).start()
        try:
            if not self._await("connected", self.connected, quiet=quiet):
                return None
            for process in self.processes:
                _tell(process, "start")
            self._await("result", self.results, quiet=quiet)
        except KeyboardInterrupt:
            self.interrupted = True
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(
                    number, signal.SIG_IGN
                )  # once is enough: the results so far are printed
            for process in self.processes:
                process.terminate()
            with suppress(queue.Empty):
                self._await("result", self.results, quiet=True, patience=PATIENCE)
        if not self.results:
            return None
        results = [
            typed(fleet_output.result, self.results[index]) for index in sorted(self.results)
        ]
        return CrewResult(results, _free(self.moments), interrupted=self.interrupted)

    def refused(self) -> int:
        """Why nothing was measured, which the first of them has said on stderr where it is a usage
        error. Raises EngineError where one was stopped."""
        if self.results and not self.interrupted:
            (early,) = self.results.values()
            connections = int(early["idle_alive"]) + int(early["active_alive"])
            raise EngineError(
                f"a load generator was stopped ({early['interrupted_by']}) while connecting: "
                f"the server had accepted {connections} connections"
            )
        code = self.processes[0].wait(PATIENCE)
        if self.interrupted:
            return Exit.INTERRUPTED
        return Exit.USAGE if code == Exit.USAGE else Exit.INFRASTRUCTURE

    def _hear(self, index: int, process: subprocess.Popen[str]) -> None:
        """A line that is cut is the last of a process that was killed."""
        with suppress(UntrustedError):
            for line in process.stdout or ():
                self.said.put((index, parsed_object(line)))
        self.said.put((index, None))

    def _ended(self, index: int) -> None:
        """Raises EngineError where one was killed: figures of the others are not the whole."""
        code = self.processes[index].wait(PATIENCE)
        if code < 0 and not self.interrupted:
            raise EngineError(
                f"load generator {index + 1} of {len(self.processes)} was killed (signal {-code}): "
                "there is no result; run it again"
            )

    def _await(
        self, name: str, into: dict[int, Event], *, quiet: bool, patience: float | None = None
    ) -> bool:
        """Until each has said it. False: one has ended before."""
        while len(into) < len(self.processes):
            index, event = self.said.get(timeout=patience)
            if event is None:
                self._ended(index)
                return False
            if event["event"] == "error":
                raise EngineError(f"the load generator: {event['message']}")
            if event["event"] == name:
                into[index] = event
            elif event["event"] == "result":
                self.results[index] = event  # stopped before it was connected
                return False
            elif event["event"] in ("measuring", "measured"):
                self.moments.setdefault(event["event"], moment())
            elif event["event"] == "progress" and not quiet:
                self.shown[index] = typed(fleet_output.progress, event)
                self._show(self.shown[index])
        return True

    def _show(self, latest: FleetProgress) -> None:
        """On a terminal, in place; the slowest of several p99 stands for all."""
        if not sys.stderr.isatty():
            return
        shown = self.shown.values()
        whole = FleetProgress(
            phase=latest.phase,
            connected=sum(each.connected for each in shown),
            rate=sum(each.rate for each in shown),
            p99_ns=max(each.p99_ns for each in shown),
        )
        line = driven(whole)[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r\x1b[K{line}", err=True, nl=False)


@contextmanager
def crew_of(program: Path, fleets: int, words: tuple[str, ...]) -> Iterator[Crew]:
    """None of them outlives the block."""
    crew = Crew([])
    try:
        for part in range(1, fleets + 1):
            shared = [str(program), *words, "--part", f"{part}/{fleets}", "--wait"]
            # All would complain alike of what was typed: the first one does.
            complaints = None if part == 1 else subprocess.DEVNULL
            crew.processes.append(
                subprocess.Popen(
                    shared,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    text=True,
                    start_new_session=True,  # Ctrl-C is for us, who pass it on once
                )
            )
        yield crew
    finally:
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", err=True, nl=False)
        for process in crew.processes:
            _tell(process, None)
        for process in crew.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.kill()
            process.wait()


def _tell(process: subprocess.Popen[str], line: str | None) -> None:
    """None ends its connections. Who is gone already hears nothing."""
    if process.stdin is None or process.stdin.closed:
        return
    with suppress(OSError):
        if line is None:
            process.stdin.close()
        else:
            process.stdin.write(line + "\n")
            process.stdin.flush()


def _free(moments: dict[str, Moment]) -> float | None:
    """CPUs that had nothing to do in the window; None where it has not passed."""
    start, end = moments.get("measuring"), moments.get("measured")
    if start is None or end is None or end.at_ns <= start.at_ns:
        return None
    usable = [number for number in usable_cpus() if number in start.cpus and number in end.cpus]
    if not usable:
        return None
    used = sum(end.cpus[number].busy_ns - start.cpus[number].busy_ns for number in usable)
    return max(0.0, len(usable) - used / (end.at_ns - start.at_ns))
