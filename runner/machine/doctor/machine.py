"""Whether figures from this machine can be steady: CPUs, frequency, neighbours, clock."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.check import Check, checked
from runner.machine.doctor.facts import Facts
from runner.machine.doctor.needs import Needs

STEAL = 0.01
LOAD = 0.5
_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "timebase")
"""Clocks that are read without a system call."""


def checks(facts: Facts, _needs: Needs) -> Iterator[Check]:
    count = len(facts.cpus)
    yield checked(
        "CPUs",
        f"{count} usable" + (", virtual machine" if facts.virtual else ""),
        short=count < 2,
        needed=False,
        why="server and load generator share the only CPU: rates are of both together, and a trial "
        "whose load generator got too little CPU time is INVALID",
    )
    hidden = [sentence for sentence in facts.blind if sentence.startswith("view of")]
    yield checked(
        "visibility of other programs",
        "on every CPU" if not hidden else "not of all programs",
        short=bool(hidden),
        needed=False,
        why="; ".join(hidden),
    )
    governors = sorted(set(facts.governors))
    yield checked(
        "frequency governor",
        ", ".join(governors) or "none here",
        short=bool(governors) and governors != ["performance"],
        needed=False,
        why="the clock rate follows the load, so the first seconds are slower",
        fix="echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    )
    yield checked(
        "steal time",
        f"{facts.steal:.1%} since boot",
        short=facts.steal >= STEAL,
        needed=False,
        why="the hypervisor gives CPU time to other machines: expect INVALID and NOISY; use a "
        "dedicated machine for results that you publish",
    )
    yield checked(
        "load of other programs",
        f"{facts.load:.2f} on {count} CPU{'s' if count > 1 else ''}",
        short=facts.load > LOAD * count,
        needed=False,
        why="trials that other programs disturb are INVALID and run again; to list the programs "
        "type: ps -eo pcpu,comm --sort=-pcpu",
    )
    better = next((clock for clock in _CLOCKS if clock in facts.clocks), None)
    yield checked(
        "clock source",
        facts.clock or "unknown",
        short=facts.clock is not None and facts.clock not in _CLOCKS,
        needed=False,
        why="reading it is a system call: the load generator is slower, latencies are coarser",
        fix=f"echo {better} | sudo tee "
        "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        if better
        else "",
    )
    yield checked(
        "home folder",
        "writable" if facts.home else "none that is writable",
        short=not facts.home,
        needed=False,
        why="results are not signed: the signing key is stored there",
        fix='export XDG_CONFIG_HOME="$PWD/.config"',
    )
    yield checked(
        "character set",
        facts.encoding,
        short=facts.encoding.lower().replace("-", "") != "utf8",
        needed=False,
        why="reports show non-ASCII characters as question marks",
        fix="export LC_ALL=C.UTF-8",
    )
