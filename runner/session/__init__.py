"""A run: begun or resumed, measured by its loop within its budget, sealed at its end.

    load         the spec; of a run that is resumed its own options too (options, resume)
    open_run     the run folder, held and ready for records (begin, resume)
    Session.run  every trial of the plan, and what undecided verdicts need beyond it (loop, budget)
    finish       the run sealed, judged and reported (ending, judged)

It prints nothing: a `Listener` receives its progress, and `say` a line for the user.
"""

from __future__ import annotations

from runner.session.conditions import Conditions, here, of_hosts
from runner.session.ending import finish, refusal_of, user_key
from runner.session.host import Host, HostLostError, ThisMachine
from runner.session.judged import judged
from runner.session.listener import Listener
from runner.session.options import Options
from runner.session.resume import ResumeError
from runner.session.run import Session, load, open_run

__all__ = [
    "Conditions",
    "Host",
    "HostLostError",
    "Listener",
    "Options",
    "ResumeError",
    "Session",
    "ThisMachine",
    "finish",
    "here",
    "judged",
    "load",
    "of_hosts",
    "open_run",
    "refusal_of",
    "user_key",
]
