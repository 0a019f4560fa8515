"""`runner man`: manual pages, made of the same text as --help."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from importlib.metadata import version
from inspect import cleandoc
from pathlib import Path

import click

from runner.cli.exit_codes import Exit
from runner.cli.fleet import whole_help
from runner.cli.terminal import tell

NAME = "iolab"


@click.command()
@click.argument("command", nargs=-1)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write all pages into this folder, such as ~/.local/share/man/man1.",
)
@click.pass_context
def man(context: click.Context, command: tuple[str, ...], into: Path | None) -> int:
    """Prints the manual page of a COMMAND, for man: iolab man run | man -l -"""
    root = click.Context(context.find_root().command, info_name=NAME)
    if into is None:
        click.echo(_page(_context_of(root, command)), nl=False)
        return Exit.OK
    if command:
        raise click.UsageError("--into writes the pages of all commands; name none")
    into.mkdir(parents=True, exist_ok=True)
    pages = list(_all(root))
    for each in pages:
        name = each.command_path.replace(" ", "-")
        (into / f"{name}.1").write_text(_page(each), encoding="utf-8")
    tell(f"man: {len(pages)} pages in {into}; type: man {NAME}")
    return Exit.OK


def _context_of(context: click.Context, words: tuple[str, ...]) -> click.Context:
    for word in words:
        below = dict(_below(context))
        if word not in below:
            where = context.command_path
            raise click.UsageError(f"{where} has no command {word}; type: {where} --help")
        context = below[word]
    return context


def _all(context: click.Context) -> Iterator[click.Context]:
    yield context
    for _, each in _below(context):
        yield from _all(each)


def _below(context: click.Context) -> Iterator[tuple[str, click.Context]]:
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is not None:
                yield name, click.Context(command, info_name=name, parent=context)


def _page(context: click.Context) -> str:
    """click-man shortens what has no short text, and knows the commands of a group that has loaded
    them; ours are loaded when they are typed."""
    from click_man.core import generate_man_page

    shown = copy(context.command)
    text = shown.help or ""
    if shown.name == "fleet":  # its options are the load generator's, which prints them itself
        text, shown.params = whole_help(), []
    shown.short_help, shown.help = _sentence(shown), _as_written(text, whole=not shown.params)
    if isinstance(shown, click.Group):
        below = ((name, each.command) for name, each in _below(context))
        shown.commands = {
            name: click.Command(name, short_help=_sentence(each)) for name, each in below
        }
    context = click.Context(shown, info_name=context.info_name, parent=context.parent)
    page: str = generate_man_page(context, version=version(NAME), date=" ")
    return page


def _as_written(text: str, *, whole: bool) -> str:
    """With its own lines kept: in the `whole` text, or in the paragraphs that click marks so."""
    text = cleandoc(text).replace("\\", "\\e")
    if whole:
        return f".nf\n{text}\n.fi"
    paragraphs = text.split("\n\n")
    kept = (f".nf\n{each[2:]}\n.fi" if each[:2] == "\b\n" else each for each in paragraphs)
    return "\n\n".join(kept)


def _sentence(command: click.Command) -> str:
    """The first of its help, for the list of a page and for `man -k`."""
    said = command.help or command.short_help or ""
    first = " ".join(said.partition("\n\n")[0].split())
    return first.partition(". ")[0].rstrip(".:")
