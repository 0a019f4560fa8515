"""C10, and the halves of C13 and C15 that are about threads: from the probe `shared_set`."""

from __future__ import annotations

from dataclasses import dataclass

from runner.claims.evidence import Evidence, values
from runner.claims.ruling import NotShownError, Ruling, Standing, Table, holding

OUTCOMES = ("woken", "late", "next_call", "never", "invalid", "closed", "wrong_file")
CHANGES = ("add", "close", "reuse", "reuse_heard", "reuse_held")
NEARLY_ALL = 0.99
"""Of the tries: a waiter that the machine kept from sleeping in time is no counter-example."""

FEWEST_TRIES = 32


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the threads' half of a claim rests on."""

    standing: Standing
    figure: str
    added: str
    changed: str
    table: Table

    @property
    def because(self) -> str:
        """What became of an added descriptor, then of one that was closed or used again."""
        return f"{self.added} {self.changed}".strip()


def c10_select_is_not_thread_safe(evidence: Evidence) -> Ruling:
    """Twice: the waiter gives select the set that the other thread changes, or a private copy of
    it. The call is the same; only what the program shares differs."""
    both = {name: sharing(evidence, call) for name, call in _SETS.items()}
    figure = "; ".join(f"{name}: {one.figure}" for name, one in both.items())
    standings = {one.standing for one in both.values()}
    met = holding(len(standings) > 1, len(standings) == 1)
    because = " ".join(f"With {name}: {_lower(one.added)}" for name, one in both.items())
    changed = [one.changed for one in both.values() if one.changed]
    because += "".join(f" {each}" for each in dict.fromkeys(changed))
    kernels = values([f.get("kernel", "unknown") for f in evidence.findings("shared_set", {})])
    if Standing.INCONCLUSIVE in standings:
        standing = Standing.INCONCLUSIVE
    elif len(standings) == 1:
        standing = standings.pop()
    else:
        standing = Standing.NUANCED
        because = (
            "POSIX requires select to be thread-safe (XSH 2.9.1), and the call is. A set that two "
            f"threads share is not. {because}"
        )
    because += f" Kernel: {kernels}."
    met = met if standing is Standing.NUANCED else (0,)
    return Ruling(standing, figure, _tries(evidence), because, (table(evidence),), met=met)


_SETS = {"the shared set": "select", "a private copy for each call": "select_copy"}


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def sharing(evidence: Evidence, call: str) -> Sharing:
    """Not thread-safe means: what another thread does to the set does not reach the waiter."""
    add = counts(evidence, call, "add")
    tries = sum(add.values())
    woken, later, lost = add["woken"], add["next_call"] + add["late"], add["never"]
    figure = f"an added descriptor woke the waiter in {woken} of {tries} tries"
    wrong = _surprises(evidence, call)
    if woken >= NEARLY_ALL * tries:
        standing = Standing.NUANCED if wrong else Standing.REFUTED
        because = "An added descriptor wakes the waiter at once."
    elif lost + later >= NEARLY_ALL * tries and lost > (1 - NEARLY_ALL) * tries:
        standing = Standing.SUPPORTED
        because = (
            "A descriptor that another thread adds is not seen by the waiting call, and was lost "
            f"in {lost} of {tries} tries: the result overwrites the shared set."
        )
    elif lost + later >= NEARLY_ALL * tries:
        standing = Standing.NUANCED
        because = (
            "A descriptor that another thread adds is not seen by the waiting call, but not lost: "
            "the next call sees it. The program must synchronise access to what it shares."
        )
    else:
        standing = Standing.INCONCLUSIVE
        because = f"The outcomes differ from try to try: {add}."
    return Sharing(standing, figure, because, wrong, table(evidence))


def counts(evidence: Evidence, call: str, change: str) -> dict[str, int]:
    """Outcomes of all tries of one change, by name. Raises NotShownError for too few tries."""
    findings = evidence.findings("shared_set", {}, call=call, change=change)
    summed = {name: sum(int(f[name]) for f in findings) for name in OUTCOMES}
    if sum(summed.values()) < FEWEST_TRIES:
        reason = f"shared_set made {sum(summed.values())} valid tries of {call} and {change}"
        raise NotShownError(Standing.INCONCLUSIVE, reason)
    return summed


_CALLS = {
    "select": "select, shared set",
    "select_copy": "select, private copy",
    "poll": "poll",
    "epoll": "epoll",
}


def table(evidence: Evidence) -> Table:
    rows = []
    for call, name in _CALLS.items():
        for change in CHANGES:
            outcomes = counts(evidence, call, change)
            rows.append(
                (
                    name,
                    change,
                    *(str(outcomes[name]) if outcomes[name] else "·" for name in OUTCOMES),
                )
            )
    return Table(
        "Outcome for the waiting thread, by number of tries",
        ("call", "change", *OUTCOMES),
        tuple(rows),
    )


def _surprises(evidence: Evidence, call: str) -> str:
    """What becomes of a descriptor that another thread closes or uses again."""
    sentences = []
    for change, words in (
        ("close", "a closed descriptor"),
        ("reuse", "a number that is reused for another file"),
        ("reuse_held", "the same while a copy of the old descriptor is open"),
    ):
        outcomes = counts(evidence, call, change)
        most = max(OUTCOMES, key=lambda name: outcomes[name])
        if most != "woken":
            sentences.append(f"{words}: {_OUTCOME_WORDS[most]}")
    return ("Of " + "; of ".join(sentences) + ".") if sentences else ""


_OUTCOME_WORDS = {
    "late": "reported at the time-out",
    "next_call": "reported by the next call",
    "never": "never reported",
    "invalid": "reported as invalid (POLLNVAL)",
    "closed": "reported as readable although closed",
    "wrong_file": "reported for the wrong file",
}


def _tries(evidence: Evidence) -> str:
    findings = evidence.findings("shared_set", {})
    return f"{sum(int(f['tries']) for f in findings)} tries in all"
