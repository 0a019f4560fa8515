"""`runner run --cluster local:3`: three real workers on this machine, behind TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from runner.paths import ROOT
from tests.faults.runs import RUNNER

EXPERIMENTS = ("kernel-calls", "wake-up", "descriptor-1024")


def runner(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUNNER, *words], cwd=cwd, text=True, capture_output=True,
        check=False, timeout=110, env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Probes: they need no quiet machine."""
    where = tmp_path_factory.mktemp("cluster")
    chosen = [word for name in EXPERIMENTS for word in ("--filter", name)]
    done = runner(
        "run", "experiments.yaml", *chosen, "--cluster", "local:3", "--engine", "process",
        "-o", "json=report.json", cwd=where,
    )  # fmt: skip
    (folder,) = (where / "results").iterdir()
    return folder, done


def trials(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]


def test_the_verdicts_are_those_of_one_machine(
    ran: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = ran
    assert done.returncode == 0, done.stderr
    assert "5 trials, verdicts: 11 PASS" in done.stdout


def test_each_record_says_which_host(
    ran: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = ran
    hosts = Counter(each["record"]["placement"]["host"] for each in trials(folder))
    assert set(hosts) <= {"local-0", "local-1", "local-2"}
    about = json.loads((folder / "run.json").read_text())
    assert set(about["hosts"]) == {"local-0", "local-1", "local-2"}
    assert all(each["host"]["kernel"] for each in about["hosts"].values())


def test_the_report_says_where_rows_of_one_table_were_measured(
    ran: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = ran
    own = {
        each["record"]["placement"]["host"]
        for each in trials(folder)
        if each["experiment"] == "kernel-calls"
    }
    assert ("Figures of two hosts are of two machines" in done.stdout) == (len(own) > 1)


def test_hosts_that_are_one_machine_are_named_and_take_turns(
    ran: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = ran
    assert "several hosts are one machine" in done.stderr
    spans = sorted((each["record"]["began"], each["record"]["ended"]) for each in trials(folder))
    assert all(ended <= begins for (_, ended), (begins, _) in pairwise(spans))


def test_one_machine_cannot_go_on_with_it(
    ran: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = ran
    done = runner("run", "--resume", str(folder), "--engine", "process", cwd=folder.parent.parent)
    assert done.returncode == 2
    assert "type --cluster ADDRESS as well" in done.stderr


def test_help_loads_no_dask(tmp_path: Path) -> None:
    code = (
        "import sys; from runner.cli import cli\n"
        "for words in (['--help'], ['run', '--help']):\n"
        "    try: cli.main(words, standalone_mode=False)\n"
        "    except SystemExit: pass\n"
        "print('LOADED' if {'dask', 'distributed'} & set(sys.modules) else 'CLEAN')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.endswith("CLEAN\n")


def test_without_the_extra_it_says_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "hidden" / "distributed").mkdir(parents=True)
    (tmp_path / "hidden" / "distributed" / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'distributed'\", name='distributed')\n"
    )
    done = runner(
        "run", "experiments.yaml", "--filter", "wake-up", "--cluster", "local:2", cwd=tmp_path,
        PYTHONPATH=f"{tmp_path / 'hidden'}:{ROOT}",
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.endswith("pip install 'iolab[cluster]' (distributed is missing)\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cluster", "somewhere"], "no address of a Dask scheduler"),
        (["--cluster", "tcp://192.0.2.1:8786"], "192.0.2.1 is not on this machine"),
        (["--cluster", "tls://127.0.0.1:1", "--tls-ca", "x"], "TLS needs all three files"),
        (["--tls-key", "x"], "belong to --cluster"),
    ],
)
def test_what_was_typed_wrong_is_one_error(words: list[str], said: str, tmp_path: Path) -> None:
    done = runner("run", "experiments.yaml", "--filter", "wake-up", *words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()
