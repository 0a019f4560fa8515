"""The table of commands.

The module of a command is loaded when the command is typed. All of them together take a second:
pydantic's models, numpy, rich and Docker's client.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module

import click
from click.shell_completion import CompletionItem

COMMANDS: Mapping[str, tuple[str, str]] = {
    "baseline": ("compare:baseline", "Writes the ratios of RUN to a file that can be committed."),
    "claims": ("claims:claims", "Shows every claim with its verdict, or all evidence for one."),
    "clean": ("setup:clean", "Removes what ended runs left: containers and processes."),
    "compare": ("compare:compare", "Compares two runs, or a run with a baseline, cell by cell."),
    "completion": ("completion:completion", "Prints the script by which a shell completes names."),
    "doctor": ("doctor:doctor", "Checks this machine for the lab, and for what SPEC needs."),
    "fleet": ("fleet:fleet", "Drives any server, and checks its replies."),
    "grade": ("grade:grade", "Grades a submission, or a class, by the checks of ASSIGNMENT."),
    "grades": ("grades:grades", "Shows and exports the grades in FOLDER."),
    "images": ("images:images", "Lists the Docker images of the lab, builds or removes them."),
    "init": ("init:init", "Makes a new folder that the other commands take."),
    "learn": ("learn:learn", "A course on I/O models: you predict, the lab measures."),
    "list": ("runs:list_runs", "Lists the runs, oldest first."),
    "man": ("man:man", "Prints the manual page of COMMAND, or writes all pages."),
    "plot": ("plot:plot", "Draws the figures of EXPERIMENT in the terminal."),
    "policy": ("policy:policy", "Prints the YAML of an assignment that demands a model."),
    "regrade": ("regrade:regrade", "Grades again, by the assignment as it is now."),
    "report": ("inspect:report", "Renders RUN (the latest by default) again; runs nothing."),
    "run": ("run:run", "Runs the experiments of SPEC; prints tables and verdicts."),
    "scale": ("scale:scale", "Computes the hosts that millions of connections take."),
    "schema": ("inspect:schema", "Prints the JSON Schema of a spec, an assignment or a result."),
    "setup": ("setup:setup", "Prepares every engine that this machine has."),
    "show": ("runs:show", "Shows RUN (the latest by default): environment, files, tables."),
    "trace": ("trace:trace", "Runs a server under strace, and shows what it waits in."),
    "try": ("trying:try_", "Starts one server, which you talk to by hand."),
    "validate": ("inspect:validate", "Checks SPEC or an assignment, and names every fault."),
    "verify": ("verify:verify", "Checks that RUN (the latest by default) is as it was sealed."),
    "where": ("where:where", "Prints the folders of the lab: servers, images, schemas, cache."),
}
"""By its name: where the command is, and what `runner --help` says of it."""


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        gc.disable()  # what a module makes while it is loaded lives as long as the process
        try:
            command: click.Command = getattr(import_module(f"runner.cli.{module}"), name)
        finally:
            gc.enable()
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """A shell asks at every press of Tab, so no command is loaded for its name alone."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=about)
            for name, (_, about) in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of --help, which loads no command."""
        listed = {name: click.Command(name, help=about) for name, (_, about) in COMMANDS.items()}
        click.Group(commands=listed).format_commands(ctx, formatter)
