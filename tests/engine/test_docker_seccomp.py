"""The one box that may use io_uring, as Docker 25 and later deny it to all others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.engine.box import MissingError, Program
from runner.engine.docker import DockerEngine, limits
from runner.measure.server import ready
from runner.paths import LABS, SECCOMP_PROFILE
from tests.engine.boxes import box_of
from tests.engine.conftest import SELECT

CALLS = {"io_uring_setup", "io_uring_enter", "io_uring_register"}
SERVERS = [
    Program("server", LABS / "io_uring", "c"),
    Program("server", LABS / "io_uring", "python"),
]


def allowed(profile: dict[str, Any]) -> set[str]:
    return {
        name
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW"
        for name in rule["names"]
    }


def test_it_adds_three_calls_and_nothing_else_that_docker_denies() -> None:
    profile = json.loads(SECCOMP_PROFILE.read_text(encoding="utf-8"))
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert allowed(profile) >= CALLS | {"clone", "execve", "mmap", "socket"}
    denied_by_docker = (
        "acct add_key bpf clock_settime delete_module fanotify_init finit_module init_module "
        "ioperm iopl kcmp kexec_file_load kexec_load keyctl mount move_mount name_to_handle_at "
        "open_tree open_by_handle_at perf_event_open pivot_root process_vm_readv process_vm_writev "
        "ptrace quotactl reboot request_key setdomainname sethostname setns settimeofday swapoff "
        "swapon syslog umount umount2 unshare userfaultfd"
    )
    assert not allowed(profile) & set(denied_by_docker.split())
    (clone,) = (rule for rule in profile["syscalls"] if rule["names"] == ["clone"])
    assert clone["args"][0]["value"] == 0x7E020000  # every CLONE_NEW flag of clone(2)


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    engine = DockerEngine()
    assert engine.prepare([*SERVERS, SELECT], print) == {}
    yield engine
    engine.close()


@pytest.mark.docker
@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_with_the_profile_the_box_has_io_uring(engine: DockerEngine, server: Program) -> None:
    running = engine.launch(box_of(server, env={"PORT": "9000"}))
    assert ready(running, 9000) == 9000
    running.remove()


@pytest.mark.docker
@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_without_the_calls_it_is_missing_with_a_remedy(
    engine: DockerEngine, server: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = json.loads(SECCOMP_PROFILE.read_text(encoding="utf-8"))
    profile["syscalls"] = [rule for rule in profile["syscalls"] if not CALLS & {*rule["names"]}]
    (tmp_path / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
    monkeypatch.setattr(limits, "SECCOMP_PROFILE", tmp_path / "profile.json")
    running = engine.launch(box_of(server, env={"PORT": "9000"}))
    with pytest.raises(MissingError, match=r"seccomp=images/seccomp/profile\.json"):
        ready(running, 9000)
    running.remove()


@pytest.mark.docker
def test_no_other_box_is_given_it(engine: DockerEngine) -> None:
    for server, count in ((SELECT, 0), (SERVERS[0], 1)):
        running = engine.launch(box_of(server, env={"PORT": "9000"}))
        details = engine.client.api.inspect_container(running.name)  # type: ignore[attr-defined]
        options = details["HostConfig"]["SecurityOpt"]
        assert "no-new-privileges" in options
        assert sum(option.startswith("seccomp=") for option in options) == count
        assert not details["HostConfig"]["Privileged"]
        running.remove()
