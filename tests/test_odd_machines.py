"""Machines that this one is not: one CPU, 128 of them, a container that numbers its CPUs anew."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from runner.machine import gather, moment, proc, usable_cpus
from runner.machine.doctor import Docker, Level, Needs, examine
from runner.machine.doctor import gather as examined
from runner.machine.topology import lacks

LXCFS = "lxcfs /proc/stat fuse.lxcfs rw,nosuid,nodev,relatime 0 0\n"


def machine(
    root: Path, affinity: str, counted: Collection[int], mounts: str = "", cores: int = 1
) -> Path:
    """A /proc and a /sys with these CPUs, `cores` of them to a socket's core."""
    for number in counted:
        folder = root / f"sys/devices/system/cpu/cpu{number}"
        for name, value in (
            ("topology/core_id", number // cores),
            ("topology/physical_package_id", 0),
            ("cpufreq/scaling_cur_freq", 3_000_000),
            ("thermal_throttle/core_throttle_count", number),
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{value}\n")
    lines = "".join(f"cpu{number} 100 0 0 0 0 0 0 0 0 0\n" for number in counted)
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/stat").write_text(f"cpu  1 2 3 4 5 6 7 8 9 0\n{lines}ctxt 1\n")
    (root / "proc/self/status").write_text(f"Name:\tx\nCpus_allowed_list:\t{affinity}\n")
    (root / "proc/self/mounts").write_text("proc /proc proc rw 0 0\n" + mounts)
    (root / "proc/meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 1000 kB\n")
    return root


def test_128_cpus_are_ordered_and_two_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = machine(tmp_path, "0-127", range(128), cores=2)
    first, second, *_ = usable_cpus(root)
    assert (first, second) == (0, 2), "two cores, not two threads of one"
    assert len(usable_cpus(root)) == 128
    looked: list[Path] = []
    number = proc.number

    def look(path: Path) -> int | None:
        looked.append(path)
        return number(path)

    monkeypatch.setattr(proc, "number", look)
    assert len(moment(root=root).cpus) == 128
    assert looked == [], "within a window no file of a CPU is opened"
    found = moment((0, 2), root)
    assert len(looked) == 4, "two files of each CPU of the trial"
    assert (found.cpus[2].khz, found.cpus[2].throttled) == (3_000_000, 2)
    assert (found.cpus[4].khz, found.cpus[4].throttled) == (None, None)
    assert lacks(root) == []
    assert gather(tmp_path, root)["cpus"] == list(usable_cpus(root))


def test_one_cpu_is_shared_and_said(tmp_path: Path) -> None:
    root = machine(tmp_path, "3", range(8))
    assert usable_cpus(root) == (3,)
    (sentence,) = lacks(root)
    assert "it shares the only CPU with the server" in sentence
    assert gather(tmp_path, root)["lacks"] == [sentence]


@pytest.mark.parametrize(
    ("affinity", "counted", "mounts", "word"),
    [
        ("4-5", range(2), "", "differently than the scheduler"),
        ("4-5", range(2), LXCFS, "differently than the scheduler"),
        ("1-2", range(3), LXCFS, "differently than the scheduler"),
        ("0-1", range(2), LXCFS, "programs outside of the container"),
    ],
)
def test_a_container_with_cpus_of_other_numbers_is_said(
    affinity: str, counted: range, mounts: str, word: str, tmp_path: Path
) -> None:
    root = machine(tmp_path, affinity, counted, mounts)
    (sentence,) = lacks(root)
    assert word in sentence
    assert (moment(root=root).cpus == {}) == (word == "differently than the scheduler")


def test_a_part_of_a_machine_is_no_container(tmp_path: Path) -> None:
    root = machine(tmp_path, "2-3", range(8))
    assert lacks(root) == []
    assert len(moment(root=root).cpus) == 8


@pytest.mark.parametrize(
    ("affinity", "counted", "said"),
    [
        ("0", range(1), "share the only CPU"),
        ("4-5", range(2), "numbers its CPUs"),
        ("0-127", range(128), ""),
    ],
)
def test_doctor_names_what_is_odd(affinity: str, counted: range, said: str, tmp_path: Path) -> None:
    root = machine(tmp_path, affinity, counted)
    facts = examined(tmp_path, Docker("no daemon"), (), root)
    found = {check.name: check for check in examine(facts, Needs())}
    assert f"{len(usable_cpus(root))} usable" in found["CPUs"].state
    assert (found["CPUs"].level is Level.WARN) == (said == "share the only CPU")
    visible = found["visibility of other programs"]
    assert (visible.level is Level.WARN) == (said == "numbers its CPUs")
    assert said in found["CPUs"].why + visible.why
