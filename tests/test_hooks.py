"""Files that other tools read of this repository: hooks, a citation, an environment to work in."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

from runner.paths import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_hook_names_every_mistake_of_the_files_that_it_takes(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["language"] == "python", "pre-commit installs the lab as pip does"
    command, *words = shlex.split(hook["entry"])
    assert command in PROJECT["scripts"]
    names = ("experiments.yaml", "course/experiments.yaml", "week1.iolab.yaml", "a/b.iolab.yml")
    others = ("my-experiments.yaml", "experiments.yaml.bak", "iolab.yaml", "docker-compose.yml")
    assert all(re.search(hook["files"], name) for name in names)
    assert not any(re.search(hook["files"], name) for name in others)

    right, wrong = tmp_path / "right.iolab.yaml", tmp_path / "wrong.iolab.yaml"
    right.write_text((ROOT / "labs" / "uring.yaml").read_text())
    wrong.write_text(right.read_text().replace("version: 1", "version: 2"))
    for files, code in (([right], 0), ([right, wrong], 2)):
        done = subprocess.run(
            [Path(sys.executable).with_name(command), *words, *files],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert f"{right}: valid" in done.stdout
    assert re.search(r"wrong\.iolab\.yaml:\d+:\d+: version: ", done.stderr)


def test_the_citation_names_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(cited), "what its schema needs"
    assert cited["version"] == PROJECT["version"]
    assert cited["license"] == PROJECT["license"]


def test_the_devcontainer_is_a_stage_of_the_image_and_prepares_the_checkout() -> None:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    container = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    build = container["build"]
    dockerfile = ROOT / ".devcontainer" / build["dockerfile"]
    assert f"AS {build['target']}\n" in dockerfile.read_text()
    assert (ROOT / ".devcontainer" / build["context"]).resolve() == ROOT
    make, target = container["postCreateCommand"].split()
    assert make == "make"
    assert f"\n{target}:" in (ROOT / "Makefile").read_text()


def test_what_the_image_copies_is_sent_to_the_daemon() -> None:
    """`.dockerignore` leaves everything out but what it names."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    dockerfile = (ROOT / "images" / "runner" / "Dockerfile").read_text()
    copied = {
        word
        for words in re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.MULTILINE)
        for word in words.split()
    }
    pinned = {f"requirements/{each}.txt" for each in ("run", "build", "cluster")}
    assert copied == {".", *pinned}
    needed = {"requirements", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE"}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert kept >= needed | set(wheel["targets"]["wheel"]["only-include"]) | {"experiments.yaml"}
