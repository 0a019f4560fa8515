"""The pytest plugin, in a test suite of another project."""

from __future__ import annotations

import shutil

import pytest

from runner.paths import LABS

pytest_plugins = "pytester"

SUITE = """\
def test_right(assert_model):
    assert_model("my_server", "poll")

def test_wrong(assert_model):
    assert_model("my_server", "epoll", "select")

def test_too_fast(assert_ratio):
    assert_ratio("rate", of="my_server", to="poll", at_least=1000, duration="50ms")

def test_no_server(assert_model):
    assert_model("./elsewhere", "epoll")
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="sudo apt-get install strace")
def test_a_suite_fails_where_a_server_does(pytester: pytest.Pytester) -> None:
    shutil.copytree(LABS / "poll", pytester.path / "my_server")
    pytester.makepyfile(SUITE)
    # By its module, and not by its entry point: an environment may be older than that.
    done = pytester.runpytest_subprocess("-p", "no:iolab", "-p", "runner.pytest_plugin", "-rA")
    said = done.stdout.str()
    assert "PASSED test_a_suite_fails_where_a_server_does.py::test_right" in said
    assert "FAILED test_a_suite_fails_where_a_server_does.py::test_wrong" in said
    assert "FAIL: model of every cell one of epoll; select, measured: poll" in said
    # The machine may be too busy to decide a ratio: then its test is skipped, and never wrong.
    assert "PASSED test_a_suite_fails_where_a_server_does.py::test_too_fast" not in said
    assert "the lab ran nothing (exit code 2):" in said
    assert "there is no folder" in said
