"""A pytest plugin: servers are held against their model, and against each other, in anyone's tests.

    def test_it_waits_in_epoll(assert_model):
        assert_model("my_server", "epoll")

    def test_it_is_nearly_as_fast_as_the_textbook(assert_ratio):
        assert_ratio("rate", of="my_server", to="epoll", at_least=0.8)

It writes a spec, runs the command as a user would, and reads `report.json`: so a test says the same
as `iolab run`. Noise that leaves a verdict undecided skips the test.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest

COMMAND = (sys.executable, "-P", "-c", "from runner.cli import main; main()")
"""With -P no file of the working folder is imported, such as a server called select.py."""
SPEC = "test.iolab.yaml"
REPORT = "report.json"
UNDECIDED = ("INCONCLUSIVE", "INVALID", "SKIP")
LINES = 20


class AssertModel(Protocol):
    """Fails unless a trace shows that the server follows one of the models, as `runner trace` names
    them: "epoll", "epoll, edge-triggered", "select", ..."""

    def __call__(self, server: str | Path, *models: str) -> None: ...


class AssertRatio(Protocol):
    """Fails unless a metric of `of`, divided by the same of `to`, keeps the bound. Each is a folder
    with a server, or a lab's name. `load` are keys of the spec's `fleet`, such as active=50."""

    def __call__(
        self,
        metric: str,
        *,
        of: str | Path,
        to: str | Path,
        at_least: float | None = None,
        at_most: float | None = None,
        repeat: int = 4,
        duration: str = "200ms",
        **load: Any,
    ) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("iolab").addoption(
        "--iolab-engine",
        choices=("process", "docker", "auto"),
        default="process",
        help="Where the servers of assert_model and assert_ratio run.",
    )


@pytest.fixture
def assert_model(request: pytest.FixtureRequest, tmp_path: Path) -> AssertModel:
    def check(server: str | Path, *models: str) -> None:
        names = _Names(request.path.parent)
        expected = {"equals": models[0]} if len(models) == 1 else {"one_of": list(models)}
        one = {"lab": [names.of(server)], "language": ["c"]}
        _judge(
            request,
            tmp_path,
            names.spec(
                {"repeat": 1, "budget": "0s"},
                {
                    "measure": "trace",
                    "server": one,
                    "fleet": {"idle": 10},
                    "expect": [{"metric": "model", "of": {}, **expected}],
                },
            ),
        )

    return check


@pytest.fixture
def assert_ratio(request: pytest.FixtureRequest, tmp_path: Path) -> AssertRatio:
    def check(
        metric: str,
        *,
        of: str | Path,
        to: str | Path,
        at_least: float | None = None,
        at_most: float | None = None,
        repeat: int = 4,
        duration: str = "200ms",
        **load: Any,
    ) -> None:
        names = _Names(request.path.parent)
        over, under = names.of(of), names.of(to)
        bounds = {"at_least": at_least, "at_most": at_most}
        expected = {key: value for key, value in bounds.items() if value is not None}
        if not expected:
            raise pytest.UsageError("assert_ratio needs at_least=... or at_most=...")
        ratio = {"ratio": metric, "of": {"lab": over}, "to": {"lab": under}, **expected}
        _judge(
            request,
            tmp_path,
            names.spec(
                {"repeat": repeat, "duration": duration, "warmup": "100ms", "budget": "0s"},
                {
                    "interleave": "20ms",
                    "server": {"lab": [over, under], "language": ["c"]},
                    "fleet": {"active": 10, **load},
                    "expect": [ratio],
                },
            ),
        )

    return check


class _Names:
    """Folders get names of their own in the spec; a name without a folder is a lab's."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.servers: dict[str, dict[str, str]] = {}

    def of(self, server: str | Path) -> str:
        """A relative path begins at the folder of the test."""
        folder = self.base / server
        if isinstance(server, str) and "/" not in server and not folder.is_dir():
            return server
        name = f"server-{len(self.servers) + 1}"
        self.servers[name] = {"folder": str(folder.resolve())}
        return name

    def spec(self, defaults: dict[str, Any], experiment: dict[str, Any]) -> dict[str, Any]:
        servers = {"servers": self.servers} if self.servers else {}
        whole = {"id": "test", "title": "Does the server keep what the test expects?", **experiment}
        return {"version": 1, "defaults": defaults, **servers, "experiments": [whole]}


def _judge(request: pytest.FixtureRequest, folder: Path, spec: dict[str, Any]) -> None:
    """Runs the spec. The folders are those of the test's author, who trusts them."""
    number = len(list(folder.glob(f"*{SPEC}")))
    file = folder / f"{number}-{SPEC}"
    file.write_text(json.dumps(spec, indent=1), encoding="utf-8")
    report = folder / f"{number}-{REPORT}"
    engine = request.config.getoption("--iolab-engine")
    done = subprocess.run(
        [
            *COMMAND, "run", str(file), "--engine", engine, "--trust", "--quiet",
            "--results", str(folder / "results"), "-o", f"json={report}",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not report.exists():
        said = "\n".join(done.stderr.splitlines()[-LINES:])
        pytest.fail(f"the lab ran nothing (exit code {done.returncode}):\n{said}", pytrace=False)
    (verdict,) = json.loads(report.read_text(encoding="utf-8"))["verdicts"]
    found = ", ".join(each["found"] for each in verdict["findings"])
    reason = f"; {verdict['reason']}" if verdict["reason"] else ""
    expected = f"{verdict['sentence']} {verdict['bound']}"
    said = f"{verdict['outcome']}: {expected}, measured: {found}{reason}"
    if verdict["outcome"] in UNDECIDED:
        pytest.skip(said)
    if verdict["outcome"] != "PASS":
        pytest.fail(said, pytrace=False)
