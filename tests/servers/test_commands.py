"""Own servers that are commands: ten of them serve, and each mistake is one clear message."""

from __future__ import annotations

# ruff: noqa: E501 (an expected message is one line)
import csv
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from runner.cli.exit_codes import Exit
from tests.cli.inside import Told, told
from tests.servers.own import NAMES, PERL, laid_out


def run(spec: Path, *words: str) -> tuple[Told, dict[str, dict[str, str]]]:
    """The command as it ended, and the rows of its cells."""
    results = spec.parent / "results"
    done = told("run", str(spec), "--results", str(results), "-o", "csv=-", *words)
    return done, {row["lab"]: row for row in csv.DictReader(done.out.splitlines())}


def served(rows: dict[str, dict[str, str]]) -> bool:
    """Whether each replied, and rightly: a busy machine may make the figures INVALID all the
    same."""
    return all(
        row["status"] in ("OK", "INVALID") and float(row["rate_requests_per_s"]) > 0
        and float(row["cpu_per_request_ns"]) > 0 and row["errors_errors"] == "0"
        for row in rows.values()
    )  # fmt: skip


@pytest.fixture
def ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `python3` on PATH may be a script that looks for one in the user's home, which no box sees:
    the interpreter itself comes first."""
    real = Path(sys.executable).resolve().parent
    monkeypatch.setenv("PATH", f"{real}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("cc") is None:
        pytest.skip("NO OWN SERVERS: a C compiler is missing")
    return laid_out(tmp_path)


def test_ten_own_servers_serve_beside_a_lab(ten: Path) -> None:
    done, rows = run(ten, "--engine", "process")
    assert rows.keys() == {"epoll", *NAMES}, done.all
    assert served(rows), done.all
    assert rows["web"]["payload"] == ""


@pytest.mark.docker
def test_in_containers_as_well(ten: Path) -> None:
    labs = ("epoll", "binary", "web")
    filters = [word for lab in labs for word in ("--filter", f"ten/lab={lab}*")]
    done, rows = run(ten, "--engine", "docker", *filters)
    assert {"binary", "web"} < rows.keys(), done.all
    assert served(rows), done.all


WRONG = """\
version: 1
defaults:
  {repeat: 1, max_repeat: 1, warmup: 0ms, duration: 20ms, timeout: 1s, disturbance: 100%, budget: 20s}
servers:
SERVERS
experiments:
  - id: wrong
    title: Each of these has a mistake
    server: {lab: [LABS]}
    expect:
      - {metric: errors, of: {}, at_most: 0}
"""
NOT_HERE = {
    "interpreter": (
        "{command: [./of-perl-9]}",
        "no program /no/such/perl9 on this machine; the first line of of-perl-9 names it: correct it",
    ),
    "shim": (
        "{command: [found-by-a-shim]}",
        "the program behind ROOT/shims/found-by-a-shim, a script that searches your home for it; no box sees your home; type ROOT/bin/found-by-a-shim in `command` of shim",
    ),
}
"""What another machine has."""


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def test_a_program_that_only_another_machine_has_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "of-perl-9", "#!/no/such/perl9\n")
    for folder in ("shims", "bin"):
        executable(tmp_path / folder / "found-by-a-shim", "#!/bin/sh\nexec sleep 60\n")
    path = f"{tmp_path}/shims{os.pathsep}{tmp_path}/bin{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    spec = tmp_path / "wrong.yaml"
    servers = "\n".join(f"  {name}: {server}" for name, (server, _) in NOT_HERE.items())
    text = WRONG.replace("SERVERS", servers).replace("LABS", ", ".join(NOT_HERE))
    spec.write_text(text, encoding="utf-8")
    _, rows = run(spec, "--engine", "process")
    for name, (_, reason) in NOT_HERE.items():
        said = (rows[name]["status"], rows[name]["reason"])
        assert said == ("SKIP", reason.replace("ROOT", str(tmp_path)))


LISTENS = PERL.replace("$ENV{PORT}", "PORT")
MISTAKES = {
    "absent": (
        "{command: [no-such-server]}",
        "SKIP",
        "no program no-such-server on this machine; install it, or type its path in `command` of absent",
    ),
    "deaf": (
        '{command: "exec sleep 60"}',
        "FAIL",
        "the server deaf was not ready within 1.0 s: nothing listens on port 9000; its log: nothing on stderr",
    ),
    "ends": (
        '{command: "echo no luck >&2; exit 3"}',
        "FAIL",
        "the server died before it was ready, exit code 3: no luck",
    ),
    "unlucky": (
        '{command: "exit 4"}',
        "FAIL",
        "the server died before it was ready, exit code 4: nothing on stderr",
    ),
    "elsewhere": (
        f'{{command: "{LISTENS.replace("PORT", "8081")}"}}',
        "FAIL",
        "the server elsewhere was not ready within 1.0 s: it listens on 1 other port (8081) and not on 9000: type port: 8081, or {port} in its command; the variable PORT has it as well; its log: nothing on stderr",
    ),
    "fixed": (
        f'{{port: 8080, command: "{LISTENS.replace("PORT", "{port}")}"}}',
        "OK",
        "",
    ),
    "inside": (
        f'{{command: "{LISTENS.replace("0.0.0.0:).PORT", "127.0.0.1:8082)")}", port: 8083}}',
        "FAIL",
        "the server inside was not ready within 1.0 s: it listens on 1 other port (8082) and not on 8083: type port: 8082; its log: nothing on stderr",
    ),
    "silent": (
        '{command: "echo hello; exec sleep 60", ready: {log: "Ready [0-9]+"}}',
        "FAIL",
        "the server silent was not ready within 1.0 s: no line of its output matches 'Ready [0-9]+', the last on stdout is 'hello'; its log: nothing on stderr",
    ),
    "spoken": (
        f'{{command: "{LISTENS.replace("PORT", "{port}")}", protocol: redis}}',
        "FAIL",
        "the server held 0 of 1 connections …",
    ),
}  # fmt: skip


def test_each_mistake_is_one_clear_message(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.yaml"
    servers = "\n".join(f"  {name}: {server}" for name, (server, _, _) in MISTAKES.items())
    text = WRONG.replace("SERVERS", servers).replace("LABS", ", ".join(MISTAKES))
    spec.write_text(text, encoding="utf-8")
    done, rows = run(spec, "--engine", "process")
    assert done.code == Exit.FAILED, done.all
    for name, (_, status, reason) in MISTAKES.items():
        if status == "OK" and rows[name]["status"] == "INVALID":
            continue  # the machine was busy, and the server made no mistake
        assert rows[name]["status"] == status, rows[name]
        said = rows[name]["reason"]
        pattern = re.escape(reason).replace("9000", "[0-9]+").replace("…", ".*")
        assert re.fullmatch(pattern, said), said


@pytest.mark.docker
def test_a_container_that_has_ended_is_no_other_machine(tmp_path: Path) -> None:
    """Its process id, by which its sockets are seen, is gone as well."""
    spec = tmp_path / "wrong.yaml"
    servers = "\n".join(f"  {name}: {MISTAKES[name][0]}" for name in ("ends", "absent"))
    spec.write_text(WRONG.replace("SERVERS", servers).replace("LABS", "ends, absent"))
    _, rows = run(spec, "--engine", "docker")
    assert (rows["ends"]["status"], rows["ends"]["reason"]) == MISTAKES["ends"][1:]
    assert rows["absent"]["status"] == "SKIP"
    said = "no program no-such-server in the containers of the lab; add image: NAME of one that has"
    assert rows["absent"]["reason"].startswith(said)
