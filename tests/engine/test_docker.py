"""What a Docker box is: limited as asked, cut off from everything, and talked to by lines."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from runner.engine.box import EngineError, Nofile, Program, Running, SilenceError
from runner.engine.docker import DockerEngine
from runner.engine.docker.running import DockerRunning
from runner.paths import LABS
from tests.engine.boxes import box_of
from tests.engine.conftest import FLEET_PROGRAM, SELECT

pytestmark = pytest.mark.docker
MIB = 1 << 20


def lines(running: Running, count: int) -> list[str | None]:
    found = [running.read_line(20) for _ in range(count)]
    running.remove()
    return found


def test_limits_are_those_asked_for(docker_engine: DockerEngine, docker_probe: Program) -> None:
    box = box_of(docker_probe, "limits", nofile=Nofile(256, 256), cpus=(1,))
    running = docker_engine.launch(box)
    assert lines(running, 1) == ["soft=256 hard=256 core=0 cpus=1 fds=3 pid=1 leader=1 nnp=1"]
    assert {"net", "pid", "mount", "memory", "pids", "cpuset"} <= set(running.isolation)


def test_granted_nofile_is_the_kernels_word(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    running = docker_engine.launch(box_of(docker_probe, "stubborn", nofile=Nofile(256, 1024)))
    assert running.nofile == Nofile(256, 1024)
    assert "cpuset" not in running.isolation
    running.remove()


def test_the_highest_nofile_can_be_had_and_no_more(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    most = docker_engine.nofile_max()
    assert most >= 1024
    box = box_of(docker_probe, "limits", nofile=Nofile(most, most))
    assert lines(docker_engine.launch(box), 1)[0].startswith(f"soft={most} hard={most} ")  # type: ignore[union-attr]
    if most < 1 << 20:
        with pytest.raises(EngineError, match=f"nofile {most + 1}: more than the daemon grants"):
            docker_engine.launch(box_of(docker_probe, "limits", nofile=Nofile(256, most + 1)))
    assert docker_engine.nofile_max() == most


def test_environment_is_an_allow_list(
    docker_engine: DockerEngine, docker_probe: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD_OF_THE_RUNNER", "1")
    running = docker_engine.launch(box_of(docker_probe, "env", env={"PORT": "9000"}))
    names = {str(line).partition("=")[0] for line in lines(running, 5)}
    assert names == {"PATH", "HOSTNAME", "LANG", "HOME", "PORT"}


def test_no_way_out(docker_engine: DockerEngine, docker_probe: Program) -> None:
    call = docker_engine.launch(box_of(docker_probe, "call", "192.0.2.1", "80"))
    assert lines(call, 1) == ["Network is unreachable"]


def test_nothing_to_write_to_but_a_small_tmp(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    paths = ("/tmp/a", "/a", "/labs/server/a", "/proc/sys/kernel/hostname")
    touch = docker_engine.launch(box_of(docker_probe, "touch", *paths))
    read_only = "Read-only file system"
    assert lines(touch, 4) == ["written", read_only, read_only, "Permission denied"]


def test_nobody_without_capabilities(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = docker_engine.launch(box_of(docker_probe, "stubborn"))
    assert running.read_line(20) == "READY"
    details = docker_engine.client.api.inspect_container(_name(running))
    status = Path(f"/proc/{details['State']['Pid']}/status")
    if status.exists():
        text = status.read_text()
        assert re.search(r"^Uid:\s+65534\s+65534\s+65534\s+65534$", text, re.MULTILINE)
        assert set(re.findall(r"^Cap\w+:\s+(\w+)$", text, re.MULTILINE)) == {"0" * 16}
        assert "Seccomp:\t2" in text
    host = details["HostConfig"]
    assert (host["LogConfig"]["Type"], host["RestartPolicy"]["Name"]) == ("none", "no")
    assert host["MemorySwap"] == host["Memory"] == 256 * MIB
    # Nothing but a name for loopback: a box that joins the network of another has not even that.
    assert {mount["Destination"] for mount in details["Mounts"]} <= {"/etc/hosts"}
    assert not any(mount["RW"] for mount in details["Mounts"])
    running.remove()


def test_processes_are_limited(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = docker_engine.launch(box_of(docker_probe, "spawn", "100", pids=20))
    assert lines(running, 1) == ["19"]


def test_two_servers_on_the_same_port(docker_engine: DockerEngine, docker_probe: Program) -> None:
    serve = box_of(docker_probe, "serve", "0.0.0.0", str(docker_engine.free_port()))  # noqa: S104
    boxes = [docker_engine.launch(serve) for _ in range(2)]
    assert [box.read_line(20) for box in boxes] == ["READY", "READY"]
    assert [str(box.stop(20)) for box in boxes] == ["exit code 0", "exit code 0"]


def test_another_form_of_a_lab_runs_in_the_same_image(docker_engine: DockerEngine) -> None:
    streams, protocol = (Program("server", LABS / "asyncio", "python", f) for f in ("", "protocol"))
    assert docker_engine.prepare([streams, protocol], print) == {}
    assert docker_engine._images[streams].ref == docker_engine._images[protocol].ref
    running = docker_engine.launch(box_of(protocol))
    assert running.read_line(20) == "READY port=9000 model=asyncio"
    details = docker_engine.client.api.inspect_container(_name(running))
    assert [details["Path"], *details["Args"]] == ["python3", "/labs/server/server_protocol.py"]
    running.remove()


def test_a_box_beside_shares_the_network_and_its_isolation(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    server = docker_engine.launch(box_of(docker_probe, "serve", "127.0.0.1", "9000"))
    assert server.read_line(20) == "READY"
    call = box_of(docker_probe, "call", "127.0.0.1", "9000")
    assert lines(docker_engine.launch(call, server), 1) == ["answered"]
    assert server.read_line(20) == "served"
    assert lines(docker_engine.launch(call), 1) == ["Connection refused"]
    outside = box_of(docker_probe, "call", "192.0.2.1", "80")
    assert lines(docker_engine.launch(outside, server), 1) == ["Network is unreachable"]
    server.remove()


def test_lines_both_ways_and_a_clean_log(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    running = docker_engine.launch(box_of(docker_probe, "echo"))
    for word in ("one", "two"):
        running.write_line(word)
        assert running.read_line(20) == word
    with pytest.raises(SilenceError):
        running.read_line(0.01)
    running.remove()
    running.write_line("nobody reads this, and nothing is wrong with that")
    assert running.read_line(20) is None
    assert "\x1b" not in running.stderr()


def test_a_flood_of_output_is_bounded_and_removed_quickly(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    running = docker_engine.launch(box_of(docker_probe, "flood"))
    assert running.read_line(20) == "x" * 1023
    running.remove()
    assert len(running.stderr()) <= 4096
    running.remove()


def test_accounting_of_a_tree_near_and_far(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    running = docker_engine.launch(box_of(docker_probe, "scatter"))
    assert isinstance(running, DockerRunning)
    assert running.read_line(20) == "READY"
    near, far = running.usage(), running.usage_by_daemon()
    assert near.processes == near.threads == 4
    assert near.cpu_ns > 0
    assert near.rss_bytes > 0
    assert far.cpu_ns >= near.cpu_ns
    assert far.threads >= 4
    assert far.rss_bytes > 0
    running.remove()
    with pytest.raises(EngineError, match="has ended"):
        running.usage()


def test_a_real_trial_of_select_and_the_fleet(docker_engine: DockerEngine) -> None:
    server = docker_engine.launch(box_of(SELECT, env={"PORT": "9000"}))
    assert server.read_line(20) == "READY port=9000 model=select"
    arguments = ("--connect=127.0.0.1:9000", "--active=5", "--warmup=1ms", "--duration=50ms")
    fleet = docker_engine.launch(box_of(FLEET_PROGRAM, *arguments), server)
    events = []
    while (line := fleet.read_line(20)) is not None:
        events.append(json.loads(line))
    assert events[0]["nofile"] == [512, 512]  # it raises its own soft limit
    assert events[-1]["event"] == "result"
    assert events[-1]["requests"] > 0
    assert str(fleet.stop(20)) == str(server.stop(20)) == "exit code 0"


def test_what_cannot_be_launched_is_said(docker_engine: DockerEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not prepared"):
        docker_engine.launch(box_of(Program("server", tmp_path, "c")))


def test_a_cpu_that_the_daemon_has_not_costs_the_pinning_alone(docker_probe: Program) -> None:
    with closing(DockerEngine()) as engine:
        assert engine.prepare([docker_probe], print) == {}
        for cpus in ((4095,), (0,)):  # all boxes alike, from then on
            running = engine.launch(box_of(docker_probe, "exit", "0", cpus=cpus))
            assert "cpuset" not in running.isolation
            assert str(running.exited(20)) == "exit code 0"
        lacks = engine.environment()["lacks"]
    assert isinstance(lacks, list)
    assert any("pinning" in sentence and "4095" in sentence for sentence in lacks)


def test_environment_names_what_belongs_beside_a_number(docker_engine: DockerEngine) -> None:
    environment = docker_engine.environment()
    for key in ("daemon", "api", "storage_driver", "cgroup_version", "kernel", "debian"):
        assert environment[key], key
    assert isinstance(environment["lacks"], list)
    assert all(str(i).startswith("sha256:") for i in environment["images"].values())  # type: ignore[attr-defined]
    json.dumps(environment)


def _name(running: Running) -> str:
    assert isinstance(running, DockerRunning)
    return running.name
