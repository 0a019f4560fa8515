"""The policy of an assignment by example: from a traced reference to the YAML that demands its
model. Every line has its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from runner.grade.models import RING, RIVALS, Model
from runner.plan import RESERVE

FD_SETSIZE = 1024
_WIDE = 96


@dataclass(frozen=True, slots=True)
class Policy:
    """`server` is the reference, `because` what the tracer saw, `threads` how many threads and
    processes the reference had with `watched` idle connections. `ring`: its banner says
    `Needs: io_uring`."""

    server: str
    model: Model
    because: tuple[str, ...]
    connections: int
    threads: int
    watched: int
    ring: bool = False
    in_force: bool = True
    """Whether the reference was traced again under the denials."""

    @property
    def pids(self) -> int:
        """Room for twice the pool of the reference, where that is a large one."""
        return max(self.model.pids(self.connections), 2 * self.threads)

    @property
    def nofile(self) -> int:
        return self.connections + RESERVE


def as_yaml(policy: Policy) -> str:
    """Lines for `assignment:` and for `defaults` or the checks of a `grade.yaml`."""
    return "\n".join(_lines(policy)) + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    model = policy.model
    yield f"# {policy.server}, traced with {policy.watched} idle connections:"
    yield from (f"#   {sentence}" for sentence in policy.because)
    if policy.in_force:
        yield "# Traced again with the calls below denied, it was the same."
    else:
        yield "# This machine cannot deny calls, so it was not tried with the calls below denied."
    if policy.ring:
        yield "# Its banner says `Needs: io_uring`, and a submission's must: then the box grants"
        yield "# it. The kernel must have it (SKIP otherwise), and before Linux 5.12 a ring counts"
        yield "# as locked memory (ulimit -l)."
    yield from _aligned([(f"model: {model.name}", "what every column of the proof must confirm")])
    yield "limits:"
    yield "  deny:"
    denied = [(f"    - {name}", RIVALS[name]) for name in model.denies]
    had = f"the reference had {policy.threads}"
    each = f"none for a connection: a rival with one for each ends here; {had}"
    if model.each:
        own = f"{model.pids(0)} for the server itself"
        each = f"{model.each} for each of {policy.connections:,} connections, and {own}"
    nofile = f"{policy.connections:,} connections, and {RESERVE} for the server itself"
    if model.name == "select" and policy.nofile > FD_SETSIZE:
        nofile += f"; select ends at {FD_SETSIZE} by itself"
    yield from _aligned(
        [
            *denied,
            (f"  pids: {policy.pids}", each),
            (f"  nofile: {policy.nofile}", nofile),
        ]
    )
    rest = (
        f"Not denied, as they need no call that {model.name} does not need: servers with "
        f"{', '.join(model.passes)}. The other columns of the proof tell them apart."
    )
    yield from (f"# {line}" for line in wrap(rest, _WIDE))
    if RING in model.denies:
        yield "# A submission that reports io_uring as missing fails: it must do without."


def _aligned(rows: list[tuple[str, str]]) -> Iterator[str]:
    wide = max(len(text) for text, _ in rows)
    for text, reason in rows:
        yield f"{text:<{wide}}  # {reason}"
