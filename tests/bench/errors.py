"""How often a verdict is wrong, and how often it is found: servers that are the same, or nearly.

    make aa        the same server twice, 200 times: FAIL or PASS of "as quick as" is an error
    make power     one of them slower by 10%, and by 3%, 20 times each, in turns

Shown beside what is required of them, asserted nowhere. `--keep FILE` appends every comparison to a
file and goes on from what is there, so that two hundred of them can be had piece by piece. Beside
the measured runs stand a thousand drawn ones, whose noise is that of the measured blocks: each
repeat's distance from its cell's median, as much longer as a median of so few repeats shortens it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from math import exp, log
from pathlib import Path
from statistics import mean, median
from typing import Any

import click

from runner import machine, measure
from runner.engine.box import Engine
from runner.judge import Decision, verdicts
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from runner.session.counting import Counted
from runner.session.loop import Loop
from runner.spec import Suite
from tests.bench.hog import hog
from tests.bench.twins import Asked, twins
from tests.drawn import outcomes

CPUS = machine.usable_cpus()


@click.command()
@click.option("--slower", type=click.FloatRange(0, 50), default=0, help="Per cent.")
@click.option("--comparisons", type=click.IntRange(1), default=20, show_default=True)
@click.option("--noisy", is_flag=True, help="With a CPU hog coming and going on the fleet's CPU.")
@click.option("--disturbance", default="25%", show_default=True, help="As in a spec; 100%: all.")
@click.option("--slot", help="In turns of this length, such as 20ms; without, one after the other.")
@click.option("--repeat", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--max-repeat", "most", type=click.IntRange(1, 100), default=9, show_default=True)
@click.option("--window", help="Of a repeat: 1s in turns, else 200ms.")
@click.option("--required", type=float, help="Per cent of FAIL that is required, to print beside.")
@click.option("--within", type=float, help="Repeats on average, likewise.")
@click.option("--keep", type=click.Path(path_type=Path), help="Append to FILE, and count it in.")
@click.option("--seconds", type=float, help="Begin no comparison after so many seconds.")
def main(
    slower: float,
    comparisons: int,
    noisy: bool,
    disturbance: str,
    slot: str | None,
    repeat: int,
    most: int,
    window: str | None,
    required: float | None,
    within: float | None,
    keep: Path | None,
    seconds: float | None,
) -> None:
    """Compares two servers many times and tells how often each verdict came out."""
    lines = keep.read_text(encoding="utf-8").splitlines() if keep and keep.exists() else []
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    began = machine.moment().at_ns
    asked = Asked(
        slower / 100, disturbance, slot, window or ("1s" if slot else "200ms"), repeat, most
    )
    with ExitStack() as stack:
        suite, engine = stack.enter_context(twins(asked))
        if noisy:
            stack.enter_context(hog(CPUS[1 % len(CPUS)], seed=len(found)))
        while len(found) < comparisons:
            if seconds is not None and machine.moment().at_ns - began > seconds * 1e9:
                break
            found.append(compare(suite, engine, seed=len(found)))
            if keep:
                with keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(found[-1]) + "\n")
        tell(asked, found, required, within)
        drawn(suite, found, slower / 100)


def compare(suite: Suite, engine: Engine, seed: int) -> dict[str, Any]:
    """One whole run of the twins, as `runner run` does it."""
    records: list[Outcome] = []
    patience = machine.Patience(10.0)

    def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
        found = measure.run_all(trials, engine, {})
        records.extend(found)
        return found

    planned = expand(suite, Host(256, CPUS), seed=seed)
    Loop(
        suite,
        planned,
        Counted(),
        measured,
        affordable=lambda trials: trials,
        wait=lambda: patience.until_quiet(CPUS[:2]),
    ).run()
    kept = Counted(records).records
    (verdict,) = verdicts(suite, kept, planned.cells)
    (check,) = verdict.checks
    rates: dict[str, list[float]] = {}
    for measurement in kept:
        if measurement.status is Status.OK:
            lab = str(measurement.cell.get("lab"))
            rates.setdefault(lab, []).append(float(measurement.metrics["rate"]))
    return {
        "outcome": str(verdict.outcome),
        "repeats": check.repeats,
        "ratio": check.interval.estimate if check.interval else None,
        "invalid": sum(m.status is Status.INVALID for m in kept),
        "rates": rates,
    }


def tell(
    asked: Asked, found: list[dict[str, Any]], required: float | None, within: float | None
) -> None:
    counts = Counter(each["outcome"] for each in found)
    ratios = [log(each["ratio"]) for each in found if each["ratio"]]
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    click.echo(f"{len(found)} comparisons, the one slower by {asked.slower:.0%}: {told}")
    share = 100 * counts["FAIL"] / len(found)
    need = "" if required is None else f" (required: {required:g}% or more)"
    click.echo(f"  found (FAIL): {share:.0f}%{need}")
    need = "" if within is None else f" (required: {within:g} or fewer)"
    repeats = [each["repeats"] for each in found]
    click.echo(f"  repeats on average: {mean(repeats):.2f}, at most {max(repeats)}{need}")
    click.echo(f"  ratio, geometric mean: {exp(mean(ratios)):.3f}" if ratios else "  no ratio")


def drawn(suite: Suite, found: list[dict[str, Any]], slower: float) -> None:
    """A thousand runs with the noise that was measured: of both servers in the same block, because
    what slows the one may slow the other."""
    measured = [pair for comparison in found for pair in _off(comparison["rates"])]
    if len(measured) < 50:
        return
    spread = 1.4826 * median(abs(step) for pair in measured for step in pair)
    apart = 1.4826 * median(abs(one - other) for one, other in measured)
    click.echo(
        f"{len(measured)} measured blocks: a repeat is typically off by {spread:.1%}, the ratio "
        f"of two in one block by {apart:.1%}; drawn from them:"
    )
    second: dict[int, float] = {}

    def noise(draw: random.Random, block: int) -> float:
        if block in second:
            return second.pop(block)
        one, other = draw.choice(measured)
        second[block] = other
        return one

    for share in dict.fromkeys((0.0, slower)):
        told = outcomes(suite, share, noise, runs=1000)
        each = ", ".join(f"{name} {count}" for name, count in sorted(told.items()))
        click.echo(f"  1000 drawn runs, slower by {share:.0%}: {each}")
        if not share:
            wrong = told[Decision.PASS] + told[Decision.FAIL]
            click.echo(f"  equal, called different: {wrong / 10:.1f}% (required: 1% or less)")


def _off(rates: dict[str, list[float]]) -> list[tuple[float, float]]:
    """How far off its cell's median each rate is, block by block, as logarithms."""
    if len(rates) != 2 or len({len(some) for some in rates.values()}) != 1:
        return []  # a block of which one half is INVALID
    one, other = ([log(rate / median(some)) for rate in some] for some in rates.values())
    longer = (len(one) / max(1, len(one) - 1)) ** 0.5
    return [(longer * a, longer * b) for a, b in zip(one, other, strict=True)]


if __name__ == "__main__":
    main()
