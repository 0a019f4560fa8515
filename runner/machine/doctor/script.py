"""The fixes as a script, to be read before it is run. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from runner.machine.doctor.check import Check, Level

_HEAD = """\
#!/bin/sh
# Printed by `runner doctor --fix-script`, which changes nothing itself. Read it, then:
#   . ./fix.sh      in the shell that will run the lab: limits belong to that shell
# Settings made by sysctl last until the next boot.
"""


def fix_script(checks: Iterable[Check]) -> str:
    """A shell script with one command for each check that a command fixes, the blocking ones
    first; the others are comments. Running it twice does no harm."""
    parts = [_HEAD]
    unsound = [check for check in checks if check.level is not Level.OK]
    for check in sorted(unsound, key=lambda each: each.level is not Level.BLOCKS):
        text = f"{check.name} ({check.level}): {check.state}: {check.why}"
        parts.append("# " + " ".join(text.split()))  # one line: what follows it would be run
        parts.append(check.fix or _comment(check))
        parts.append("")
    if not unsound:
        parts.append("# Nothing needs a fix.\n")
    return "\n".join(parts)


def _comment(check: Check) -> str:
    if check.instead:
        return f"# no setting fixes this; instead of make run type: {check.instead}"
    return "# no command fixes this"
