"""Text that a server or a stranger may have written, put so that a format shows it as text. Pure.

Control characters went where the text entered (runner/untrusted.py). What is left is each format's
own: on a CI runner a line of the log that begins with `::` is a command, and so is `##[` anywhere
in a line; in Markdown text may be a link, an image or HTML; a table's cell is one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runner.judge.run import Run

_MARKDOWN = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "\\|", "`": "'", "[": "\\[", "]": "\\]",
    "*": "\\*", "@": "&#64;", "!": "&#33;", "#": "&#35;",
}  # fmt: skip


def guarded(run: Run, clean: Callable[[str], str]) -> Run:
    """The run with `clean` applied to every text of its trials and titles that is not our own. What
    verdicts say is made, and cleaned, by the table (runner/report/table.py)."""
    titled = [
        experiment.model_copy(update={"title": clean(experiment.title)})
        for experiment in run.suite.experiments
    ]
    return replace(
        run,
        suite=run.suite.model_copy(update={"experiments": tuple(titled)}),
        measurements=[
            replace(
                measurement,
                trial=clean(measurement.trial),
                reason=clean(measurement.reason),
                metrics={
                    name: clean(value) if isinstance(value, str) else value
                    for name, value in measurement.metrics.items()
                },
            )
            for measurement in run.measurements
        ],
    )


def plain(text: str) -> str:
    """One line, in which no CI runner finds a command."""
    return disarmed(" ".join(text.split()))


def escaped(text: str) -> str:
    """The same for Markdown: every sign shows as itself."""
    return "".join(_MARKDOWN.get(char, char) for char in plain(text))


def disarmed(text: str) -> str:
    """Lines of any number, none of them a command. Nothing else is changed."""
    lines = text.replace("##[", "# #[").split("\n")
    return "\n".join(
        line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line for line in lines
    )


def quiet(document: str) -> str:
    """The same JSON without the sign by which a CI runner knows a command in a log."""
    return document.replace("##[", "#\\u0023[")
