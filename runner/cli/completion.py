"""`runner completion`: the script that teaches a shell our names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from runner.cli.exit_codes import Exit

COMMANDS = ("iolab", "runner")
SHELLS = ("bash", "zsh", "fish")
HELP = """Prints the script by which SHELL completes commands, their options, and the names of labs,
specs, experiments, runs, claims and assignments.

\b
bash: eval "$(iolab completion bash)"          in ~/.bashrc
zsh:  eval "$(iolab completion zsh)"           in ~/.zshrc
fish: iolab completion fish | source           in ~/.config/fish/config.fish
"""


@click.command(help=HELP)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    kind = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    for command in COMMANDS:
        script = kind and kind(root, {}, command, f"_{command.upper()}_COMPLETE").source()
        click.echo(script)
    return Exit.OK
