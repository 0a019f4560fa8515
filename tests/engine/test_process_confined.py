"""What a stranger's folder can read of the machine that it runs on: nothing, by no way, as root and
as another user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.boxes import NOBODY
from tests.engine.confined import SECRET

ROOT = Path(__file__).parents[2]
NOT_THERE = "No such file or directory"
NOT_TRIED = "WHAT A SERVER CAN READ WAS NOT TRIED AS {}: {}"


WAYS = ["root", "another user", "root, no PID namespace", "another user, no PID namespace"]


@pytest.fixture(scope="module", params=WAYS)
def seen(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What `tests.engine.confined` saw as that user. Where the tests are run by an ordinary user
    there is that user alone."""
    user, _, less = request.param.partition(", ")
    if user == "root" and os.geteuid() != 0:
        pytest.skip(NOT_TRIED.format(user, "the tests are not run by root"))
    prefix: list[str] = []
    python = Path(sys.executable)
    with tempfile.TemporaryDirectory(prefix="iolab-confined-") as name:
        folder = Path(name, "machine")
        folder.mkdir()
        if user != "root" and os.geteuid() == 0:
            prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            python = Path("/usr/bin/python3")
            Path(name).chmod(0o755)
            shutil.chown(folder, NOBODY, NOBODY)
            tried = [*prefix, str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
            if subprocess.run(tried, cwd="/", check=False).returncode != 0:
                pytest.skip(NOT_TRIED.format(user, "no Python that another user can run"))
            readable = [*prefix, "test", "-r", str(ROOT / "runner" / "paths.py")]
            if subprocess.run(readable, check=False).returncode != 0:
                pytest.skip(NOT_TRIED.format(user, "another user cannot read this checkout"))
        without = ["pid"] if less else []
        done = subprocess.run(
            [*prefix, str(python), "-B", "-m", "tests.engine.confined", str(folder), *without],
            cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
            env={"PATH": os.environ["PATH"], "HOME": f"{folder}/home", "TMPDIR": str(folder)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        if not {"mount", "user"} <= set(found["isolation"]):
            pytest.skip(f"CONFINEMENT WAS NOT TRIED: this machine grants only {found['isolation']}")
        yield found


def test_no_file_of_the_user_is_there_while_a_server_runs(seen: dict[str, Any]) -> None:
    paths = seen["paths"]
    assert len(paths) > 20
    opened, linked = seen["lines"][: 2 * len(paths) : 2], seen["lines"][1 : 2 * len(paths) : 2]
    for path, said in zip(paths, opened, strict=True):
        assert said == NOT_THERE or (path.startswith("/proc/") and said == "Permission denied"), (
            path
        )
    assert set(linked) <= {NOT_THERE, "Permission denied", "Invalid cross-device link"}
    assert seen["errors"] == ""


def test_no_descriptor_of_the_runner_is_inherited(seen: dict[str, Any]) -> None:
    """Three of its own, and the one that lists them."""
    assert seen["lines"][-2] == "['0', '1', '2', '3']"


def test_the_box_is_nobody_in_a_root_of_its_own(seen: dict[str, Any]) -> None:
    assert seen["lines"][-1].endswith(f" {NOBODY}")
    assert "'opt'" not in seen["lines"][-1]
    assert "'var'" not in seen["lines"][-1]


def test_no_file_of_the_user_is_compiled_in_or_quoted(seen: dict[str, Any]) -> None:
    assert [name for name in seen["built"] if not name.startswith(("run", "has-"))] == []
    assert SECRET not in json.dumps(seen["words"])
    assert "it is there" not in json.dumps(seen["words"])
    assert "root:" not in json.dumps(seen["words"])
    assert "leads out of the folder" in seen["words"]["link"]
    assert "is a hard link to a file outside of the folder" in seen["words"]["hard"]


def test_nothing_is_left(seen: dict[str, Any]) -> None:
    assert [name for name in seen["left"] if name.startswith(".")] == []
    assert seen["boxes"] == 0
