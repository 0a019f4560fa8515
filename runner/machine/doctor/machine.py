"""Whether figures from this machine can be steady: CPUs, frequency, neighbours, clock."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.facts import Facts
from runner.machine.doctor.finding import Finding, judged
from runner.machine.doctor.needs import Needs

STEAL = 0.01
LOAD = 0.5
_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "timebase")
"""Clocks that are read without a system call."""


def findings(facts: Facts, _wanted: Needs) -> Iterator[Finding]:
    count = len(facts.cpus)
    yield judged(
        "CPUs",
        f"{count} usable" + (", virtual machine" if facts.virtual else ""),
        short=count < 2,
        needed=False,
        why="server and load generator share the one CPU: rates are those of the pair, and a trial "
        "whose load generator had no time is INVALID",
    )
    unseen = [sentence for sentence in facts.blind if sentence.startswith("sight of")]
    yield judged(
        "sight of others",
        "every CPU is seen" if not unseen else "not all that runs here is seen",
        short=bool(unseen),
        needed=False,
        why="; ".join(unseen),
    )
    governors = sorted(set(facts.governors))
    yield judged(
        "frequency governor",
        ", ".join(governors) or "none here",
        short=bool(governors) and governors != ["performance"],
        needed=False,
        why="the clock rate follows the load, so the first seconds are slower",
        fix="echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    )
    yield judged(
        "steal time",
        f"{facts.steal:.1%} since boot",
        short=facts.steal >= STEAL,
        needed=False,
        why="the hypervisor gives this machine's CPUs to others: expect INVALID and NOISY; use a "
        "machine of your own for figures that you publish",
    )
    yield judged(
        "load by others",
        f"{facts.load:.2f} on {count} CPU{'s' if count > 1 else ''}",
        short=facts.load > LOAD * count,
        needed=False,
        why="something else runs: trials that it disturbs are INVALID and run again; "
        "see what it is: ps -eo pcpu,comm --sort=-pcpu",
    )
    better = next((clock for clock in _CLOCKS if clock in facts.clocks), None)
    yield judged(
        "clock source",
        facts.clock or "unknown",
        short=facts.clock is not None and facts.clock not in _CLOCKS,
        needed=False,
        why="reading it is a system call: the fleet is slower, latencies are coarser",
        fix=f"echo {better} | sudo tee "
        "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        if better
        else "",
    )
    yield judged(
        "home folder",
        "there" if facts.home else "none that can be written to",
        short=not facts.home,
        needed=False,
        why="results are not signed: the key that signs them is kept there",
        fix='export XDG_CONFIG_HOME="$PWD/.config"',
    )
    yield judged(
        "character set",
        facts.encoding,
        short=facts.encoding.lower().replace("-", "") != "utf8",
        needed=False,
        why="whatever is no ASCII in a report is shown as a question mark",
        fix="export LC_ALL=C.UTF-8",
    )
