"""The `runner` command. The only place that prints, and the only one that chooses an engine."""

from __future__ import annotations

import sys
import traceback

import click

from runner import interrupt
from runner.cli import terminal
from runner.cli.commands import Commands
from runner.cli.exit_codes import Exit


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="iolab")
def cli() -> None:
    """Measures what select, poll, epoll and their rivals really do, on this machine, now.

    Exit codes: 0 all passed, 1 a check failed, 2 usage or invalid spec, 3 infrastructure error,
    4 inconclusive, 5 nothing ran or a required capability is missing, 6 integrity of results,
    130 interrupted.
    """


def main() -> None:
    """Every failure that has a name ends here in one line and its exit code."""
    interrupt.listen()
    with terminal.lasting() as stdout:
        code = _code()
        if stdout is not None and stdout.refusal is not None and not stdout.gone:
            why = stdout.refusal.strerror or stdout.refusal
            code = _complain(f"runner: cannot write to stdout: {why}", _graver(code))
    sys.exit(code)


def _code() -> int:
    try:
        code = cli.main(standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the end of every traceback
        return _complain(*_named(error))
    return code if isinstance(code, int) else Exit.OK


def _named(error: BaseException) -> tuple[str, Exit]:
    """What is said of it, and the exit code."""
    if isinstance(error, click.ClickException):
        return _usage(error), Exit.USAGE
    for kind, before, code in _codes():
        if isinstance(error, kind):
            return f"{before}{error}", code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted", Exit.INTERRUPTED
    if isinstance(error, OSError):
        # What nothing closer to it knew what to do about, such as a full disk.
        where = f": {error.filename}" if error.filename else ""
        return f"runner: {error.strerror or error}{where}", Exit.INFRASTRUCTURE
    # A fault of the lab's own code, which costs no points: Python's exit code would be 1.
    trace = "".join(traceback.format_exception(error))
    return f"{trace}runner: this is a fault of the lab; please report it", Exit.INFRASTRUCTURE


def _codes() -> tuple[tuple[type[Exception], str, Exit], ...]:
    """The errors that have a name. Only an error needs their rooms, which are slow to load."""
    from runner.cluster import ClusterError
    from runner.engine.box import EngineError, MissingError
    from runner.grade.error import AssignmentError
    from runner.results import IntegrityError, ResultsError, UnknownRunError
    from runner.session import HostLostError
    from runner.spec import SpecError

    return (
        (SpecError, "", Exit.USAGE),
        (AssignmentError, "runner: ", Exit.USAGE),
        (MissingError, "runner: missing: ", Exit.NOTHING_RAN),
        (IntegrityError, "runner: ", Exit.INTEGRITY),
        (UnknownRunError, "runner: ", Exit.USAGE),
        (ClusterError, "runner: ", Exit.INFRASTRUCTURE),
        (HostLostError, "runner: ", Exit.INFRASTRUCTURE),
        (EngineError, "runner: ", Exit.INFRASTRUCTURE),
        (ResultsError, "runner: ", Exit.INFRASTRUCTURE),
    )


def _graver(code: int) -> Exit:
    """A report that could not be written completely is a failure, unless there is a graver one."""
    grave = (Exit.USAGE, Exit.INTEGRITY, Exit.INTERRUPTED)
    return Exit(code) if code in grave else Exit.INFRASTRUCTURE


def _usage(error: click.ClickException) -> str:
    """As click shows it."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return f"Error: {error.format_message()}"
    hint = f"Try '{context.command_path} --help' for help."
    return f"{context.get_usage()}\n{hint}\n\nError: {error.format_message()}"


def _complain(text: str, code: Exit) -> Exit:
    click.echo(terminal.safe(text), err=True)
    return code
