"""Every command of the table is there, and `runner --help` loads none of them."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from runner.cli import cli
from runner.cli.commands import COMMANDS

LOADED = """
import sys
from runner.cli import main
sys.argv = ["runner", *sys.argv[1:]]
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""
SLOW = {"docker", "numpy", "pydantic", "rich", "tabulate", "yaml"}
OF_PARTS = {"docker", "jinja2", "junitparser", "numpy", "plotille", "requests"}
"""Of an engine, of a fit, of one format of a report."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_table_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str()


def test_every_line_of_the_list_is_shown_whole() -> None:
    listed = cli.get_help(click.Context(cli, terminal_width=80))
    widest = max(map(len, COMMANDS))
    for name, (_, about) in COMMANDS.items():
        assert f"  {name:{widest}}  {about}\n" in f"{listed}\n"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_slow(option: str) -> None:
    assert not SLOW & loaded(option)


def test_a_plan_is_printed_without_the_libraries_of_engines_and_reports() -> None:
    assert not OF_PARTS & loaded("run", "--dry-run", "--engine", "process")


def loaded(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout
    return set(done.stderr.split())
