"""A server that says in a Dockerfile how it is made: followed in a box, run like any other server.

What a hostile one writes there ends in its own error, and leaves nothing behind.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from runner.engine.box import BuildError, MissingError, Program
from runner.engine.docker import DockerEngine
from runner.engine.images import following
from runner.engine.process import ProcessEngine
from tests.engine.boxes import box_of

FROM, START = "FROM iolab/runtime-python\n", 'ENTRYPOINT ["perl", "/app/server.pl"]\n'
PERL = r"""
use strict; use Socket;
$SIG{TERM} = sub { exit 0 };
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die $!;
bind($listener, sockaddr_in($ENV{PORT}, INADDR_ANY)) or die $!;
listen($listener, 16) or die $!;
$| = 1;
print "READY port=$ENV{PORT} model=$ENV{MODEL}\n";
print STDERR open(my $file, ">", "/app/x") ? "written\n" : "$!\n";
while (accept(my $client, $listener)) {
    while (sysread($client, my $bytes, 4096)) { syswrite($client, $bytes) }
}
"""


def program_in(folder: Path, dockerfile: str) -> Program:
    folder.mkdir(exist_ok=True)
    (folder / "server.pl").write_text(PERL)
    (folder / "Dockerfile").write_text(dockerfile)
    return Program("server", folder, "dockerfile")


@pytest.mark.docker
def test_a_server_in_perl_runs_and_is_confined_like_every_server(
    docker_engine: DockerEngine, tmp_path: Path
) -> None:
    made = (
        f"{FROM}COPY server.pl src/\nRUN cp src/server.pl . && rm -r src\nENV MODEL=perl\n{START}"
    )
    program = program_in(tmp_path / "by-perl", made)
    assert docker_engine.prepare([program], print) == {}
    running = docker_engine.launch(box_of(program, env={"PORT": "9000"}, held=True))
    running.write_line("go")
    assert running.read_line(20) == "READY port=9000 model=perl"
    assert {"net", "read-only root", "no capabilities"} <= set(running.isolation)
    assert str(running.stop(20)) == "exit code 0"
    assert "Read-only file system" in running.stderr()


def test_without_docker_it_is_skipped_with_the_reason(tmp_path: Path) -> None:
    program = program_in(tmp_path / "s", FROM + START)
    engine = ProcessEngine(tmp_path / "cache", tmp_path)
    problem = engine.prepare([program], print)[program]
    engine.close()
    assert isinstance(problem, MissingError)
    assert "runs in a container" in str(problem)


CONNECTS = (
    'socket(S,PF_INET,SOCK_STREAM,0); connect(S,sockaddr_in(80,inet_aton("192.0.2.1"))) or die $!'
)
HOSTILE = {
    "network": (f"perl -MSocket -e '{CONNECTS}'", "Network is unreachable"),
    "a name": ("getent hosts example.org", "exit status 2"),
    "root": ('test "$(id -u)" = 0', "exit status 1"),
    "a capability": ("grep -q 'CapEff:.*[1-9a-f]' /proc/self/status", "exit status 1"),
    "the daemon": ("test -e /var/run/docker.sock -o -e /run/docker.sock", "exit status 1"),
    "the reference": ("ls /labs/server/*.c /labs/reference", "exit status 2"),
    "the system": ("echo x > /usr/bin/x", "only /app and /tmp can be written"),
    "the disk": ("head -c 1G /dev/zero > /app/x", "wrote more than 256 MiB"),
    "the image": ("head -c 100M /dev/zero > /app/x", "larger than 64 MiB"),
    "a hole": ("truncate -s 1T /app/x", "larger than 64 MiB"),
    "many files": ("seq 6000 | xargs touch", "more than 5000 files"),
    "memory": ("perl -e '$x = 1 x 1.5e9; $y = $x'", "needed more than 1024 MiB of memory"),
    "time": ("sleep 1000", "took longer than"),
    "processes that stay": ("(sleep 1000 &) ; exec sleep 1000", "took longer than"),
    "the archive": ("head -c 1M /dev/urandom > /proc/1/fd/12", "cannot be read"),
    "nothing": ("rm -rf /app/*", "left nothing"),
    "a mistake": ("false", "RUN false: exit status 1"),
    "an escape sequence": (r"printf '\033]0;owned\007::error::x\n' >&2; false", "exit status 1"),
}  # fmt: skip


@pytest.mark.docker
@pytest.mark.parametrize(("command", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_command_ends_in_its_own_error(
    docker_engine: DockerEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    reason: str,
) -> None:
    slow = reason == "took longer than"
    monkeypatch.setattr(following, "SECONDS", 2.0 if slow else 60.0)
    name = f"hostile-{secrets.token_hex(6)}"
    program = program_in(tmp_path / name, f"{FROM}COPY . .\nRUN {command}\n{START}")
    problem = docker_engine.prepare([program], print)[program]
    assert isinstance(problem, BuildError)
    assert reason in str(problem)
    assert all(line.isprintable() for line in str(problem).splitlines())
    assert left(docker_engine, name) == []


@pytest.mark.docker
def test_a_fork_bomb_ends_with_the_build(
    docker_engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the commands beside it still succeed is its own affair."""
    monkeypatch.setattr(following, "SECONDS", 10.0)
    bomb = "b() { b | b & }; b; sleep 1"
    name = f"bomb-{secrets.token_hex(6)}"
    program = program_in(tmp_path / name, f"{FROM}COPY . .\nRUN {bomb}\n{START}")
    problems = docker_engine.prepare([program], print)
    assert all(isinstance(problem, BuildError) for problem in problems.values())
    assert left(docker_engine, name) == []


@pytest.mark.docker
def test_a_file_that_was_compiled_before_is_refused(
    docker_engine: DockerEngine, tmp_path: Path
) -> None:
    program = program_in(tmp_path / "prebuilt", f"{FROM}COPY . .\n{START}")
    (program.folder / "server").write_bytes(b"\x7fELF\x02\x01\x01")
    problem = docker_engine.prepare([program], print)[program]
    assert "server is a compiled program; hand in its source" in str(problem)


def left(engine: DockerEngine, name: str) -> list[str]:
    """Containers of this submission's builds that are still there."""
    return [
        each["Names"][0]
        for each in engine.client.api.containers(all=True, filters={"name": "iolab-build-"})
        if name in str(each["Labels"])
    ]
