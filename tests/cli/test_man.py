"""The manual pages: one for every command, with every option, as man shows them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from runner.cli import cli
from tests.cli.inside import told


def commands(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from commands(click.Context(command, info_name=name, parent=context))


EVERY = list(commands(click.Context(cli, info_name="iolab")))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man")
    assert told("man", "--into", str(folder)).code == 0
    return folder


@pytest.mark.parametrize("context", EVERY, ids=lambda context: context.command_path)
def test_a_page_says_what_help_says(context: click.Context, pages: Path) -> None:
    page = (pages / f"{context.command_path.replace(' ', '-')}.1").read_text()
    plain = re.sub(r"\\f[BP]|\\", "", page)
    for param in context.command.params:
        if isinstance(param, click.Option) and not param.hidden:
            assert all(name in plain for name in param.opts), param.opts
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            assert f"{context.command_path}-{name}(1)" in plain
    assert plain.startswith(f'.TH "{context.command_path.upper()}"')


def test_there_is_no_page_without_a_command(pages: Path) -> None:
    names = {f"{context.command_path.replace(' ', '-')}.1" for context in EVERY}
    assert {path.name for path in pages.iterdir()} == names


def test_man_reads_every_page_without_a_warning(pages: Path) -> None:
    if shutil.which("groff") is None:
        pytest.skip(
            "THE MANUAL PAGES WERE NOT READ: no groff; type: sudo apt-get install groff-base"
        )
    every = sorted(map(str, pages.iterdir()))
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", *every],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^NAME$", done.stdout, re.MULTILINE)
    assert "--filter ID/GLOB" in done.stdout
    assert '\n       zsh:  eval "$(iolab completion zsh)" ' in done.stdout, "lines stay lines"


def test_one_page_is_printed_and_the_same_each_time() -> None:
    first, again = told("man", "run"), told("man", "run")
    assert first == again
    assert first.out.startswith('.TH "IOLAB RUN"')
    unknown = told("man", "rum")
    assert unknown.code == 2
    assert "iolab has no command rum; type: iolab --help" in unknown.err
