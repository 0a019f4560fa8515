"""Servers that are no labs travel to the hosts of a cluster: folders, commands, images."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runner.cluster.address import AddressError
from runner.cluster.on_host import FOLDERS
from runner.cluster.travel import lay_out, luggage_of, packed, unpacked
from runner.measure import programs
from runner.paths import LABS
from runner.plan import Host, Plan, expand
from runner.spec import load
from tests.cluster.test_local import runner
from tests.servers.own import laid_out

CHOSEN = ("epoll", "c-outside", "python-outside", "binary-outside", "script", "web")
TWO = Host(20_000, (0, 1))


def plan_of(spec: Path) -> Plan:
    return expand(load(spec), TWO)


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("NO OWN SERVERS: a C compiler is missing")
    return laid_out(tmp_path)


def test_own_servers_serve_on_hosts_that_have_their_files_from_here(ten: Path) -> None:
    with (ten.parent.parent / "Out Side" / "c" / "notes").open("wb") as file:
        file.truncate(11 << 20)  # Dask speaks of more than 10 MB
    before = set(FOLDERS.glob("*"))
    real = Path(sys.executable).resolve().parent  # a python3 of a user's home is seen by no box
    chosen = [word for lab in CHOSEN for word in ("--filter", f"ten/lab={lab}*")]
    done = runner(
        "run", "spec.yaml", "--engine", "process", "--cluster", "local:2", "-o", "csv=-", *chosen,
        cwd=ten.parent, PATH=f"{real}{os.pathsep}{os.environ['PATH']}",
    )  # fmt: skip
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert {row["lab"] for row in rows} == set(CHOSEN), done.stderr
    assert {row["status"] for row in rows} <= {"OK", "INVALID"}, done.stdout + done.stderr
    assert all(row["errors_errors"] == "0" for row in rows)
    assert "large graph" not in done.stderr
    (folder,) = (ten.parent / "results").iterdir()
    trials = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    assert {each["record"]["placement"]["host"] for each in trials} <= {"local-0", "local-1"}
    given = {each["cell"]["lab"]: each["record"]["asked"]["given"] for each in trials}
    assert given["script"] == "python3 echo.py", "as the spec writes it, whatever the host's folder"
    assert set(FOLDERS.glob("*")) <= before, "what was sent is removed with the run"


def test_on_a_host_each_program_is_below_one_folder(ten: Path, tmp_path: Path) -> None:
    plan, place = plan_of(ten), tmp_path / "host"
    luggage = luggage_of(plan)
    place.mkdir()
    lay_out(luggage.parcels, place)
    for here, there in zip(plan.trials, unpacked(packed(plan.trials, luggage), place), strict=True):
        (mine, *_), (its, *_) = programs(here), programs(there)
        assert mine.name == its.name
        if mine.given is None:
            assert its.source.read_bytes() == mine.source.read_bytes()
            assert its.folder.is_relative_to(place) or its.folder.is_relative_to(LABS)
            continue
        assert its.given is not None
        assert [each.name for each in its.given.files] == [each.name for each in mine.given.files]
        assert all(each.is_relative_to(place) and each.exists() for each in its.given.files)
        assert replace(its.given, files=()) == replace(mine.given, files=())


def test_what_a_server_imports_from_is_beside_it_there(tmp_path: Path) -> None:
    for name, text in (("mine", '"""A server.\n\nUses: shared\n"""\n'), ("shared", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("server.py" if name == "mine" else "part.py")).write_text(text)
    (tmp_path / "spec.yaml").write_text(
        "version: 1\nservers: {mine: {folder: mine}}\n"
        "experiments: [{id: e, title: t, server: {lab: mine}}]\n"
    )
    luggage = luggage_of(plan_of(tmp_path / "spec.yaml"))
    place = tmp_path / "host"
    place.mkdir()
    lay_out(luggage.parcels, place)
    assert (place / luggage.places[tmp_path / "mine"]).with_name("shared").is_dir()


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("{connect: 127.0.0.1:7000}", r"e/lab=mine: a server that runs already .*--filter"),
        ("{command: [python3, big], files: [big]}", r"e/lab=mine: .* hosts: larger than 256 MiB"),
    ],
)
def test_what_cannot_travel_is_refused_with_its_reason(
    tmp_path: Path, server: str, said: str
) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(257 << 20)
    (tmp_path / "spec.yaml").write_text(
        f"version: 1\nservers: {{mine: {server}}}\n"
        "experiments: [{id: e, title: t, server: {lab: mine}}]\n"
    )
    with pytest.raises(AddressError, match=said):
        luggage_of(plan_of(tmp_path / "spec.yaml"))
