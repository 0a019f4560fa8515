"""The machine under the measurement: what is read of it, and when it made a trial invalid."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from runner.machine import (
    Own,
    disturbance,
    gather,
    moment,
    overheated,
    quota_cpus,
    usable_cpus,
    wait_quiet,
)
from runner.machine.moment import Cpu, Moment, cpus
from runner.machine.settings import SYSCTLS
from runner.machine.topology import by_core
from runner.paths import ROOT

SECOND = 1_000_000_000
STILL = Cpu(busy_ns=0, steal_ns=0, khz=None, throttled=None)
START = Moment(0, 0, 0.1, {0: STILL, 1: STILL, 2: STILL}, {}, None)
BUSY = replace(STILL, busy_ns=int(0.9 * SECOND))
END = replace(START, at_ns=SECOND, cpus={0: BUSY, 1: BUSY, 2: STILL})
SERVER = Own("server", (0,), int(0.88 * SECOND))
FLEET = Own("fleet", (1,), int(0.89 * SECOND))


def with_cpu(number: int, **changes: int) -> Moment:
    return replace(END, cpus={**END.cpus, number: replace(END.cpus[number], **changes)})


def test_a_trial_that_had_its_cpus_to_itself_is_sound() -> None:
    assert disturbance(START, END, (SERVER, FLEET)) is None
    elsewhere = with_cpu(2, busy_ns=SECOND)
    assert disturbance(START, elsewhere, (SERVER, FLEET)) is None, "a third CPU is nobody's matter"


@pytest.mark.parametrize(("cpu", "side"), [(0, "server"), (1, "fleet")])
def test_others_on_its_cpus_spoil_it(cpu: int, side: str) -> None:
    own = Own(side, (cpu,), int(0.5 * SECOND))
    told = disturbance(START, END, (own,))
    assert told == (
        f"other programs used 40% of CPU {cpu}, where the {side} ran: "
        "stop them, or measure again later"
    )


def test_the_runner_is_no_stranger_and_ticks_are_coarse() -> None:
    own = Own("server", (0,), int(0.5 * SECOND))
    assert disturbance(START, replace(END, own_ns=int(0.35 * SECOND)), (own,)) is None
    short = replace(END, at_ns=SECOND // 20, cpus={0: replace(STILL, busy_ns=SECOND // 25)})
    assert disturbance(START, short, (replace(own, cpu_ns=SECOND // 50),)) is None


@pytest.mark.parametrize(("own", "cpu"), [(SERVER, 0), (FLEET, 1)])
def test_waiting_for_its_cpu_spoils_it(own: Own, cpu: int) -> None:
    assert disturbance(START, END, (replace(own, waited_ns=SECOND // 5),)) is None
    told = disturbance(START, END, (replace(own, waited_ns=SECOND // 2),))
    assert told == (
        f"the {own.what} waited for CPU {cpu} during 50% of the window: "
        "other programs used it; stop them, or measure again later"
    )
    sampled = replace(END, own_ns=START.own_ns + SECOND // 3)
    told = disturbance(START, sampled, (replace(own, waited_ns=SECOND // 2),))
    assert told is not None
    assert "the runner itself used it" in told
    alone = replace(own, cpus=(), waited_ns=SECOND // 2)
    assert disturbance(START, END, (alone, replace(FLEET, cpus=()))) is None, "for each other"


@pytest.mark.parametrize(
    ("membership", "stat", "said", "stopped"),
    [
        ("0::/user.slice/x", "user.slice/x/cpu.stat", "throttled_usec 7", 7000),
        ("0::/docker/x", "cpu.stat", "throttled_usec 7", 7000),
        ("1:cpu,cpuacct:/docker/x", "cpu,cpuacct/docker/x/cpu.stat", "throttled_time 7", 7),
        ("9:cpuset:/\n1:cpu:/docker/x\n0::/docker/x", "cpu/cpu.stat", "throttled_time 7", 7),
        ("0::/", "cpu.stat", "usage_usec 7", None),
        ("1:name=systemd:/a\u2028b\n0::/odd", "cpu.stat", "throttled_usec 7", 7_000),
    ],
)
def test_a_quota_is_read_where_its_group_is(
    membership: str, stat: str, said: str, stopped: int | None, tmp_path: Path
) -> None:
    """A container often sees its own group as the root of all groups."""
    written = {"proc/self/cgroup": membership, f"sys/fs/cgroup/{stat}": f"nr_periods 1\n{said}\n"}
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert moment((), tmp_path).quota_ns == stopped


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        ({"cpu.max": "50000 100000"}, 0.5),
        ({"docker/x/cpu.max": "150000 100000", "cpu.max": "max 100000"}, 1.5),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "90000", "cpu/cpu.cfs_period_us": "100000"}, 0.9),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_a_quota_says_how_many_cpus_are_allowed(
    files: dict[str, str], allowed: float | None, tmp_path: Path
) -> None:
    written = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in {"proc/self/cgroup": "1:cpu:/docker/x\n0::/docker/x", **written}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n", encoding="utf-8")
    assert quota_cpus(tmp_path) == allowed


def test_a_quota_is_named_before_the_wait_that_it_causes() -> None:
    waiting = replace(SERVER, waited_ns=SECOND // 2)
    before, after = replace(START, quota_ns=5), replace(END, quota_ns=SECOND // 2)
    assert "a CPU quota stopped" in str(disturbance(before, after, (waiting, FLEET)))


def test_steal_heat_and_quota_spoil_it() -> None:
    stolen = disturbance(START, with_cpu(0, steal_ns=SECOND // 2), (SERVER, FLEET))
    assert stolen is not None
    assert stolen.startswith("the hypervisor gave 50% of CPU 0, where the server ran, to other")
    cool = replace(START, cpus={0: replace(STILL, throttled=3), 1: STILL})
    assert overheated(cool, with_cpu(0, throttled=3), (SERVER, FLEET)) is None
    hot = overheated(cool, with_cpu(0, throttled=4), (SERVER, FLEET))
    assert hot == "CPU 0, where the server ran, became too hot and was slowed down"
    assert overheated(cool, END, (SERVER,)) is None, "a CPU that was not looked at"
    before, after = replace(START, quota_ns=5), replace(END, quota_ns=SECOND // 10)
    told = disturbance(before, after, (SERVER, FLEET))
    assert told == "a CPU quota stopped this control group for 10% of the window: raise the quota"


def test_on_one_cpu_both_are_accounted_together() -> None:
    alone = replace(END, cpus={3: replace(STILL, busy_ns=SECOND)})
    start = replace(START, cpus={3: STILL})
    both = (Own("server", (), int(0.5 * SECOND)), Own("fleet", (), int(0.45 * SECOND)))
    assert disturbance(start, alone, both) is None
    told = disturbance(start, alone, both[:1])
    assert told is not None
    assert "CPU 3, where the server ran" in told


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([START, replace(END, at_ns=SECOND), START, START])
    slept: list[float] = []
    monkeypatch.setattr(wait_quiet, "moment", lambda: next(times))
    monkeypatch.setattr("time.sleep", slept.append)
    patience = wait_quiet.Patience(0.3)
    assert patience.until_quiet((0,)), "busy at first, calm at the second glance"
    assert not patience.until_quiet((0,)), "both glances are spent"
    assert len(slept) == 2


def test_proc_stat_is_read_by_columns() -> None:
    text = (
        "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 100 50 4 5 6 1 0\ncpu12 0 0 0 0 0 0 0 7 0 0\nctxt 1\n"
    )
    found = cpus(text)
    tick = SECOND // os.sysconf("SC_CLK_TCK")
    assert set(found) == {0, 12}
    assert found[0].busy_ns == (1 + 2 + 3 + 4 + 5) * tick, "neither idle nor waiting for a disk"
    assert (found[0].steal_ns, found[12].steal_ns) == (6 * tick, 7 * tick)


def test_this_machine_has_moments() -> None:
    before, after = moment(), moment()
    assert set(usable_cpus()) <= set(before.cpus)
    assert after.at_ns > before.at_ns
    assert all(after.cpus[n].busy_ns >= before.cpus[n].busy_ns for n in before.cpus)
    assert set(after.as_json()["cpus"]["0" if 0 in after.cpus else str(min(after.cpus))]) == {
        "busy_ns", "steal_ns", "khz", "throttled",
    }  # fmt: skip


def test_the_first_two_cpus_never_share_a_core_where_that_can_be_had() -> None:
    """Two sockets of two cores of two threads, numbered as Linux does."""
    places = {cpu: (cpu // 2 % 2, cpu % 2) for cpu in range(8)}
    assert by_core(places) == (0, 1, 2, 3, 4, 5, 6, 7)
    siblings_adjacent = {0: (0, 0), 1: (0, 0), 2: (0, 1), 3: (0, 1)}
    assert by_core(siblings_adjacent) == (0, 2, 1, 3)
    far = {0: (0, 0), 1: (1, 0), 2: (0, 1), 3: (1, 1)}
    assert by_core(far)[:2] == (0, 2), "one socket before the other"
    assert set(usable_cpus()) == os.sched_getaffinity(0)


def test_every_field_is_explained(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([^`]+)`", page))
    found = gather(tmp_path)
    assert set(found) <= explained, set(found) - explained
    assert set(SYSCTLS) <= explained, set(SYSCTLS) - explained
    assert set(moment().as_json()) <= explained, set(moment().as_json()) - explained
    assert found["labs_git"] is None, "a folder that is in no repository has no revision"
