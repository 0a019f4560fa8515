"""The `runner` command. The only place that prints, and the only one that chooses an engine."""

from __future__ import annotations

import sys
import traceback

import click

from runner.cli import (
    claims,
    compare,
    doctor,
    fleet,
    images,
    inspect,
    interrupt,
    run,
    runs,
    setup,
    trace,
)
from runner.cli.exits import Exit
from runner.engine.box import EngineError, MissingError
from runner.results import IntegrityError, ResultsError
from runner.spec import SpecError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="iolab", prog_name="runner")
def cli() -> None:
    """Measures what select, poll, epoll and their rivals really do, on this machine, now.

    Exit codes: 0 all passed, 1 a check failed, 2 usage or invalid spec, 3 infrastructure error,
    4 inconclusive, 5 nothing ran or a required capability is missing, 6 integrity of results,
    130 interrupted.
    """


for command in (
    run.run,
    fleet.fleet,
    doctor.doctor,
    inspect.validate,
    inspect.schema,
    inspect.report,
    compare.compare,
    compare.baseline,
    claims.claims,
    runs.list_runs,
    runs.show,
    runs.verify,
    trace.trace,
    images.images,
    setup.setup,
    setup.clean,
):
    cli.add_command(command)


def main() -> None:
    """Every failure that has a name ends here in one line and its exit code."""
    interrupt.listen()
    try:
        code = cli.main(standalone_mode=False)
    except SpecError as error:
        code = _complain(str(error), Exit.USAGE)
    except click.Abort:
        code = _complain("interrupted", Exit.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        code = Exit.USAGE
    except KeyboardInterrupt:
        code = _complain("interrupted", Exit.INTERRUPTED)
    except MissingError as error:
        code = _complain(f"runner: missing: {error}", Exit.NOTHING_RAN)
    except IntegrityError as error:
        code = _complain(f"runner: {error}", Exit.INTEGRITY)
    except (EngineError, ResultsError) as error:
        code = _complain(f"runner: {error}", Exit.INFRASTRUCTURE)
    except BrokenPipeError:
        # Whoever read the output went away: nobody is left to be told.
        sys.stderr.close()
        code = Exit.OK
    except OSError as error:
        # What nobody closer to it knew what to do about, such as a full disk under stdout.
        where = f": {error.filename}" if error.filename else ""
        code = _complain(f"runner: {error.strerror or error}{where}", Exit.INFRASTRUCTURE)
    except Exception:
        # A fault of the lab's own code, which costs nobody marks: Python's exit code would be 1.
        traceback.print_exc()
        code = _complain(
            "runner: this is a fault of the lab; please report it", Exit.INFRASTRUCTURE
        )
    sys.exit(code if isinstance(code, int) else 0)


def _complain(text: str, code: Exit) -> Exit:
    click.echo(text, err=True)
    return code
