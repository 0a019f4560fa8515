"""What all tests share: a suite from text, and a loud word when Docker tests could not run."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import settings

from runner.engine.docker import DockerEngine
from runner.spec import Suite, load
from tests.examples import examples

settings.register_profile("usual", max_examples=examples(100))
settings.load_profile("usual")

MakeSuite = Callable[[str], Suite]


@pytest.fixture
def suite_of(tmp_path: Path) -> MakeSuite:
    """A function from the text of `experiments:` to a suite."""

    def make(text: str) -> Suite:
        path = tmp_path / "experiments.yaml"
        path.write_text("version: 1\n" + dedent(text), encoding="utf-8")
        return load(path)

    return make


def pytest_configure(config: pytest.Config) -> None:
    # What a shell starts in the background ignores SIGINT, and so does all that it starts in turn:
    # tests that send one would wait for ever.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # They hide what users see: a buffer that is full at the end, a cache that cannot be written.
    for name in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    # The key that signs results is the user's own: tests make another, in a folder of theirs.
    config.stash[KEYS] = tempfile.TemporaryDirectory(prefix="iolab-keys-")
    os.environ["XDG_CONFIG_HOME"] = config.stash[KEYS].name
    config.stash[REFUSAL] = DockerEngine.refusal()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    refusal = config.stash[REFUSAL]
    if refusal is None:
        return
    for item in items:
        if "docker" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=f"no Docker daemon answers: {refusal}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    refusal = terminalreporter.config.stash[REFUSAL]
    if refusal is not None:
        terminalreporter.write_sep("!", "DOCKER TESTS WERE SKIPPED", red=True, bold=True)
        terminalreporter.write_line(f"no Docker daemon answers: {refusal}")


REFUSAL = pytest.StashKey[str | None]()
KEYS = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
