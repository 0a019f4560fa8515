"""Text that a server may have written, made harmless for whoever reads the report. Pure.

A reason quotes a server's stderr or a compiler; a fact is a word from a server's stdout. On a CI
runner a line of the log that begins with `::` is a command, and so is `##[` anywhere in a line; in
Markdown it may be a link, an image or HTML.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runner.report.summary import Run

_MARKDOWN = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "\\|", "`": "'", "[": "\\[", "]": "\\]",
    "*": "\\*", "@": "&#64;", "!": "&#33;", "#": "&#35;",
}  # fmt: skip


def guarded(run: Run, clean: Callable[[str], str]) -> Run:
    """The run with `clean` applied to every text that is not our own."""
    return replace(
        run,
        measurements=[
            replace(
                measurement,
                reason=clean(measurement.reason),
                metrics={
                    name: clean(value) if isinstance(value, str) else value
                    for name, value in measurement.metrics.items()
                },
            )
            for measurement in run.measurements
        ],
        verdicts=[
            replace(
                verdict,
                reason=clean(verdict.reason),
                findings=tuple(
                    replace(
                        finding,
                        found=clean(finding.found),
                        reason=clean(finding.reason),
                        notes=tuple(map(clean, finding.notes)),
                    )
                    for finding in verdict.findings
                ),
            )
            for verdict in run.verdicts
        ],
    )


def plain(text: str) -> str:
    """One line without control characters, in which no CI runner finds a command."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return disarmed(line)


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
