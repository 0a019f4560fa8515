"""Untrusted text, such as a server's output, in a form that a format shows as text. Pure.

Control characters are removed where the text enters (runner/untrusted.py). The rest depends on the
format: on a CI runner a line of the log that begins with `::` is a command, and so is `##[`
anywhere in a line; in Markdown text may be a link, an image or HTML; a table's cell is one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from runner.judge.run import Run

_MARKDOWN = {
    "\\": "&#92;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "\\|", "`": "'", "[": "\\[",
    "]": "\\]", "*": "\\*", "@": "&#64;", "!": "&#33;", "#": "&#35;",
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell of a spreadsheet begins with that is taken for a formula; some take the wide forms of
Chinese and Japanese keyboards as well."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def guarded(run: Run, clean: Callable[[str], str]) -> Run:
    """The run with `clean` applied to every untrusted text of its trials and titles. The sentences
    of verdicts are made, and cleaned, by the table (runner/report/table.py)."""
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
    """One line, without a command for a CI runner."""
    return disarmed(" ".join(text.split()))


def escaped(text: str) -> str:
    """The same for Markdown: every character is shown as itself."""
    return "".join(_MARKDOWN.get(char, char) for char in plain(text))


def disarmed(text: str) -> str:
    """Lines of any number, none of them a command. Nothing else is changed."""
    lines = text.replace("##[", "# #[").split("\n")
    return "\n".join(
        line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line for line in lines
    )


def quiet(document: str) -> str:
    """The same JSON, without the characters that begin a CI runner's command in a log."""
    return document.replace("##[", "#\\u0023[")


def unarmed(text: str) -> str:
    """The same text in a cell of a CSV file: a spreadsheet must not take what a submission wrote
    for a formula, nor a CI runner for a command."""
    text = disarmed(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def xml(document: str) -> str:
    """Without the characters that XML 1.0 does not allow, not even as a reference."""
    return _NOT_XML.sub("", document)
