"""The table from observations to models. The only place that knows names of models.

A rule matches where each of its columns that is not empty equals the observation. The first match
names the model; without a match it is unknown. No rule knows the name of a server.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from runner.trace.classification import UNKNOWN


@dataclass(frozen=True, slots=True)
class Observed:
    """The observations that the rules compare, each a word. `multiplexers` are those that were
    called at least once for every second request, joined by +; `asks` says whether the server
    polled by reads while all clients were silent; `edges` whether clients were watched with
    EPOLLET; `stalls` the calls, besides the one it waits in, that blocked while serving; `awake`
    whether, without a tracer, one of its threads kept a CPU busy while all clients were silent."""

    blocks_in: str
    notification_means: str
    notified_by: str
    copied_by: str
    concurrency: str
    multiplexers: str
    asks: str
    edges: str
    stalls: str
    awake: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Rule:
    model: str
    blocks_in: str = ""
    notification_means: str = ""
    notified_by: str = ""
    copied_by: str = ""
    concurrency: str = ""
    multiplexers: str = ""
    asks: str = ""
    edges: str = ""
    stalls: str = "none"
    awake: str = ""

    def holds(self, observed: Observed) -> bool:
        return not self.failing(observed)

    def failing(self, observed: Observed) -> tuple[str, ...]:
        """The columns that do not hold."""
        names = (column.name for column in fields(observed))
        return tuple(n for n in names if getattr(self, n) not in ("", getattr(observed, n)))


ONE_AT_A_TIME = "one client at a time"
ONE_THREAD = "one thread"
THREAD_EACH, PROCESS_EACH = "a thread each", "a process each"
THREADS, PROCESSES = "several threads", "several processes"

_READ = {
    "blocks_in": "read", "notification_means": "nothing", "notified_by": "return",
    "copied_by": "application", "multiplexers": "none",
}  # fmt: skip
_READY = {"notification_means": "readiness", "notified_by": "return", "copied_by": "application"}

RULES = (
    Rule("blocking", **_READ, concurrency=ONE_AT_A_TIME),
    Rule("blocking, a process each", **_READ, concurrency=PROCESS_EACH),
    Rule("blocking, a thread each", **_READ, concurrency=THREAD_EACH),
    Rule("blocking, several processes", **_READ, concurrency=PROCESSES),
    Rule("blocking, several threads", **_READ, concurrency=THREADS),
    Rule("non-blocking", blocks_in="nowhere", notification_means="nothing", notified_by="nothing",
         copied_by="application", concurrency=ONE_THREAD, multiplexers="none", asks="yes",
         awake="yes"),
    Rule("select", **_READY, blocks_in="select", concurrency=ONE_THREAD, multiplexers="select"),
    Rule("poll", **_READY, blocks_in="poll", concurrency=ONE_THREAD, multiplexers="poll"),
    Rule("epoll", **_READY, blocks_in="epoll", concurrency=ONE_THREAD, multiplexers="epoll",
         edges="no"),
    Rule("epoll, edge-triggered", **_READY, blocks_in="epoll", concurrency=ONE_THREAD,
         multiplexers="epoll", edges="yes"),
    Rule("epoll, several threads", **_READY, blocks_in="epoll", concurrency=THREADS,
         multiplexers="epoll"),
    Rule("epoll, several processes", **_READY, blocks_in="epoll", concurrency=PROCESSES,
         multiplexers="epoll"),
    Rule("signal-driven", blocks_in="signal", notification_means="readiness", notified_by="signal",
         copied_by="application", concurrency=ONE_THREAD, multiplexers="none"),
    Rule("POSIX AIO", blocks_in="signal", notification_means="completion", notified_by="signal",
         copied_by="helper", concurrency=ONE_THREAD, multiplexers="none"),
    Rule("io_uring", blocks_in="completion", notification_means="completion",
         notified_by="completion", copied_by="kernel", concurrency=ONE_THREAD, multiplexers="none"),
)  # fmt: skip


def model_of(observed: Observed) -> str:
    return next((rule.model for rule in RULES if rule.holds(observed)), UNKNOWN)


def why_not(observed: Observed) -> str:
    """Why a model is unknown: the rule that fails in the fewest columns, and in which."""
    best = min(RULES, key=lambda rule: len(rule.failing(observed)))
    amiss = (f"{name} is {getattr(observed, name)}" for name in best.failing(observed))
    return f"no rule matches; the nearest is {best.model}, but {', '.join(amiss)}"
