"""What mends it, as a script to be read before it is run. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from runner.machine.doctor.finding import Finding, Level

_HEAD = """\
#!/bin/sh
# Printed by `runner doctor --fix-script`, which changes nothing itself. Read it, then:
#   . ./fix.sh      in the shell that will run the lab: limits belong to that shell
# Settings made by sysctl last until the next boot.
"""


def fix_script(findings: Iterable[Finding]) -> str:
    """A shell script with one command for each finding that a command mends, the blocking ones
    first; the others are comments. Running it twice does no harm."""
    parts = [_HEAD]
    unsound = [finding for finding in findings if finding.level is not Level.OK]
    for finding in sorted(unsound, key=lambda each: each.level is not Level.BLOCKS):
        told = f"{finding.check} ({finding.level}): {finding.found}: {finding.why}"
        parts.append("# " + " ".join(told.split()))  # one line: what follows it would be run
        parts.append(finding.fix or _comment(finding))
        parts.append("")
    if not unsound:
        parts.append("# Nothing has to be mended.\n")
    return "\n".join(parts)


def _comment(finding: Finding) -> str:
    if finding.instead:
        return f"# no setting mends this; in place of make run type: {finding.instead}"
    return "# no command mends this"
