"""`runner scale`: how many hosts a number of connections takes."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict

import click

from runner.cli import completing, engines
from runner.cli.exit_codes import Exit
from runner.cli.scale_text import as_text
from runner.cli.subject import LANGUAGE, program_of
from runner.cli.terminal import out, silent, tell
from runner.engine.box import BuildError, Language
from runner.machine.capacity import capacity
from runner.measure import FLEET_PROGRAM, ServerFault
from runner.measure.sizes import Size, sample, sizes_within
from runner.plural import number_of
from runner.sizing.costs import costs_of
from runner.sizing.hosts import Demand
from runner.stats.interval import FEWEST

SIZES = (2_000, 8_000, 16_000)
ROUNDS = 5
MILLIONS = (1, 10, 100)


def _sizes(_context: click.Context, _option: click.Parameter, text: str) -> tuple[int, ...]:
    words = text.split(",")
    if not all(word.isascii() and word.isdecimal() and int(word) >= 100 for word in words):
        raise click.BadParameter("numbers of connections, 100 or more each: 1000,4000,8000")
    return tuple(sorted({int(word) for word in words}))


@click.command("scale")
@click.argument("lab", metavar="[LAB|FOLDER]", default="epoll", shell_complete=completing.labs)
@LANGUAGE
@click.option(
    "--sizes",
    default=",".join(map(str, SIZES)),
    show_default=True,
    callback=_sizes,
    metavar="N,N,...",
    help="Numbers of connections that are measured. Those that a process has no descriptors for "
    "are left out.",
)
@click.option(
    "--rounds",
    type=click.IntRange(FEWEST, 100),
    default=ROUNDS,
    show_default=True,
    help="How often each size is measured.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0.001),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Each connection sends one request in so many seconds.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 100_000),
    default=1,
    show_default=True,
    help="Server processes that share the connections of a host.",
)
@click.option("--json", "as_data", is_flag=True, help="Samples, costs and capacity as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@engines.ENGINE
@engines.TRUST
def scale(
    lab: str,
    language: Language | None,
    sizes: tuple[int, ...],
    rounds: int,
    every: float,
    processes: int,
    as_data: bool,
    quiet: bool,
    engine_name: str,
    trust: bool,
) -> int:
    """Measures what connections cost this host, and computes how many hosts like it 1, 10 and 100
    million connections take, on the server's side and on the load generators'. The server is LAB
    (epoll by default). Takes less than a minute."""
    program, say = program_of(lab, language), silent if quiet else tell
    with closing(engines.choose(engine_name, say)) as engine:
        try:
            built = engines.prepare(engine, [program, FLEET_PROGRAM], say, trusted=trust)
            for problem in built.values():
                raise problem
            host = capacity(engine.nofile_max())
            fit = sizes_within(sizes, host.nofile)
            samples = []
            for number in range(rounds):
                for size in fit:
                    say(f"scale: round {number + 1} of {rounds}: {number_of(size, 'connection')}")
                    samples.append(sample(engine, program, Size(number, size)))
        except (BuildError, ServerFault) as fault:
            tell(f"{program.name}: {fault}")
            return Exit.FAILED
    costs = costs_of(samples)
    if as_data:
        data = {"samples": samples, "costs": costs, "capacity": host}
        out(json.dumps(data, indent=2, default=_plain))
    else:
        demands = [Demand(n * 1_000_000, every, processes) for n in MILLIONS]
        out(as_text(program.name, costs, host, demands))
    return Exit.OK


def _plain(value: object) -> object:
    return asdict(value)  # type: ignore[call-overload]
