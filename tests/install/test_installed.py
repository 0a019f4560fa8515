"""The installed command: from another folder, by another user, with nothing to write beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.paths import ROOT
from tests.install.built import built
from tests.install.installed import Installed, installed


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installed(built(tmp_path_factory)) as made:
        yield made


def test_the_main_job_runs_in_another_folder(tool: Installed) -> None:
    before = tool.files()
    chosen = ("--filter", "descriptor-1024/language=c*")
    ran = tool.run("run", "--engine", "process", "--repeat", "1", *chosen)
    assert ran.returncode in (0, 4), ran.stderr
    assert "What does" in ran.stdout or "descriptor" in ran.stdout
    assert "experiments.yaml, which comes with the lab" in ran.stderr
    (run,) = (tool.work / "results").iterdir()
    about = json.loads((run / "run.json").read_text())
    assert about["options"]["spec"] == "experiments.yaml"
    assert about["host"]["git"] is None, "the tree around an environment is not the lab's"
    assert about["host"]["packages"]["iolab"] == "0.1.0"
    assert list(tool.home.glob(".cache/iolab/bin/*")), "compiled programs are the user's own"
    claim = tool.run("claims", "C8", command="runner")
    assert claim.returncode in (0, 4, 5), claim.stderr
    assert "FD_SETSIZE" in claim.stdout
    again = tool.run("report", "-o", "html=my report.html")
    assert again.returncode == ran.returncode, again.stderr
    assert "descriptor-1024" in (tool.work / "my report.html").read_text()
    assert tool.files() == before


@pytest.mark.docker
def test_it_runs_in_containers_and_reports_what_it_ran(tool: Installed) -> None:
    """As the user who may use the daemon; the installation stays as it is for that user too."""
    before = tool.files()
    chosen = ("--filter", "descriptor-1024/language=c*", "--results", "in containers")
    ran = tool.run("run", "--engine", "docker", "--repeat", "1", *chosen, as_root=True)
    assert ran.returncode in (0, 4), ran.stderr
    again = tool.run("report", "--results", "in containers", as_root=True)
    assert again.stdout == ran.stdout
    assert again.returncode == ran.returncode
    traced = tool.run("trace", "poll", "--engine", "docker", as_root=True)
    assert traced.returncode == 0, traced.stderr
    assert "poll" in traced.stdout
    assert tool.files() == before


def test_a_lab_is_traced_by_its_name(tool: Installed) -> None:
    traced = tool.run("trace", "epoll", "--engine", "process", "--json", "-")
    if "no strace" in traced.stderr:
        pytest.skip("no strace; type: sudo apt-get install strace")
    assert traced.returncode == 0, traced.stderr
    (trace,) = json.loads(traced.stdout)["traces"]
    assert trace["classification"]["model"].startswith("epoll")


def test_specs_and_assignments_that_come_with_it_have_names(tool: Installed) -> None:
    checked = tool.run("validate", "labs/uring.yaml", "labs/urang.yaml", "labs/crowds.yaml")
    assert checked.returncode == 2
    assert "labs/urang.yaml: no such file" in checked.stderr
    for spec in ("labs/uring.yaml", "labs/crowds.yaml"):
        assert f"{spec}: valid" in checked.stdout
    labs = tool.run("where", "labs").stdout.strip()
    assert labs.endswith("/project/labs")
    assert Path(labs, "epoll", "server.c").is_file()
    told = dict(line.split(maxsplit=1) for line in tool.run("where").stdout.splitlines())
    own = {name: Path(told[name]) for name in ("results", "cache", "settings")}
    assert own["results"] == tool.work / "results"
    assert own["cache"].is_relative_to(tool.home)
    assert own["settings"].is_relative_to(tool.home)
    asked = tool.run("grade", "select-ech", "--submission", ".")
    assert "did you mean select-echo?" in asked.stderr


def test_the_users_own_spec_comes_first(tool: Installed) -> None:
    spec = tool.work / "mine.iolab.yaml"
    text = (ROOT / "labs" / "uring.yaml").read_text()
    spec.write_text(text)
    try:
        assert "mine.iolab.yaml: valid" in tool.run("validate").stdout
        spec.with_name("other.iolab.yaml").write_text(text)
        several = tool.run("validate")
        assert several.returncode == 2
        assert "mine.iolab.yaml, other.iolab.yaml" in several.stderr
    finally:
        for each in tool.work.glob("*.iolab.yaml"):
            each.unlink()


@pytest.mark.docker
def test_an_image_of_an_installed_lab_is_the_checkouts(tool: Installed) -> None:
    """The tag is a hash of the content: what `make setup` built is current here too."""
    listed = tool.run("images", as_root=True)
    assert listed.returncode == 0, listed.stderr
    current = [line.split()[0] for line in listed.stdout.splitlines() if line.endswith("yes")]
    assert {"iolab/epoll-c", "iolab/fleet"} <= set(current)
