"""C22: all models in one table and one picture (UNP figure 6.6), every entry from measurements. An
entry that was not measured names the experiment that gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from statistics import median

from runner.claims.evidence import Evidence, values
from runner.claims.rules.arrivals import OWN, Arrival, arrivals
from runner.claims.rules.parts import splits
from runner.claims.rules.stevens import FIVE
from runner.claims.ruling import Lane, Lanes, NotShownError, Phase, Ruling, Standing, Table
from runner.plural import number_of
from runner.records.outcome import Outcome
from runner.trace.classification import UNKNOWN
from runner.trace.rules import ONE_AT_A_TIME

MODELS = tuple(lab for labs in FIVE.values() for lab in labs)
"""The labs of the five models: one lane of the picture each."""

DESIGNS = {"fork": "blocking", "thread": "blocking", "epoll_et": "epoll", "aecho": "epoll"}
"""Other designs, in the table only, and the model of the probe `arrival` whose calls they make."""

HEAD = (
    "lab",
    "the thread waits in",
    "of a silence blocked",
    "copied by",
    "copying calls after the notification",
    "its own CPU time in a large copy",
    "notified by, of what",
    "bytes of descriptor sets for an event",
    "system calls for a request",
    "idle client: user memory",
    "idle clients: CPU",
    "stopped at, by",
)


def c22_one_comparison(evidence: Evidence) -> Ruling:
    traced = {lab: evidence.maybe(measure="trace", lab=lab) for lab in (*MODELS, *DESIGNS)}
    if not any(traced.values()):
        evidence.trials(measure="trace")  # says why there is none
    copied = _arrivals(evidence)
    rows = tuple(
        _row(evidence, lab, some, copied.get(DESIGNS.get(lab, lab))) for lab, some in traced.items()
    )
    tables = (Table("All models by measurement", HEAD, rows), _three_calls(evidence))
    lanes = tuple(_lane(lab, traced[lab], copied.get(lab)) for lab in MODELS if traced[lab])
    title = "The models' two phases, as measured (after UNP figure 6.6)"
    plots = (Lanes(title, ("wait for data", "copy the data"), lanes),)
    missing = [family for family, labs in FIVE.items() if not any(traced[lab] for lab in labs)]
    if missing:
        raise NotShownError(Standing.NO_EVIDENCE, f"not traced: {', '.join(missing)}")
    empty = sum("run " in cell for row in rows for cell in row)
    figure = f"{len(rows)} labs, {len(rows) * (len(HEAD) - 1) - empty} entries measured" + (
        f", {empty} not" if empty else ""
    )
    standing, because, met = _verdict(traced, copied)
    confidence = "traces, probes, loads and ceilings"
    return Ruling(standing, figure, confidence, because, tables, plots, met=(met,))


def _verdict(
    traced: dict[str, list[Outcome]], copied: dict[str, Arrival]
) -> tuple[Standing, str, int]:
    """The book's summary of the figure: the first four models differ in the first phase and have
    the second in common; asynchronous I/O handles both phases, and differs from the four. Last in
    the tuple is which of the conditions for the standing is met."""
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    for family, labs in FIVE.items():
        some = [m for lab in labs for m in traced[lab]]
        where = _word(some, "blocks_in")
        several = family == "multiplexing" and UNKNOWN not in where
        first[family] = "multiplexer" if several else where
        second[family] = _word(some, "copied_by")
    if any(UNKNOWN in word for word in (*first.values(), *second.values())):
        return (
            Standing.INCONCLUSIVE,
            "A trace could not tell where a thread waits, or what copies.",
            0,
        )
    for number, (against, why) in enumerate(_against(first, second)):
        if against:
            return Standing.REFUTED, why, number
    shared = (
        "The first four models differ in the first phase and have the second in common: the "
        "application's own call copies. In asynchronous I/O no call of the application copies."
    )
    labs = tuple(lab for lab in FIVE["asynchronous"] if traced[lab])
    unknown = [lab for lab in labs if lab not in copied]
    if unknown:
        return (
            Standing.INCONCLUSIVE,
            f"{shared} On whose CPU time: run arrival for {unknown[0]}.",
            0,
        )
    own = " and ".join(lab for lab in labs if copied[lab].own > OWN)
    if not own:
        return Standing.SUPPORTED, f"{shared} Another thread's CPU time pays for it.", 0
    because = (
        f"{shared} But {own} copies on the CPU time of the application's own thread, so that the "
        "thread is not free meanwhile, as the figure draws it."
    )
    return Standing.NUANCED, because, 0


def _against(first: dict[str, str], second: dict[str, str]) -> Iterator[tuple[bool, str]]:
    *four, last = FIVE
    alike = len({first[family] for family in four}) < len(four)
    yield alike, "Two of the first four models wait in the same way."
    differ = {second[family] for family in four} != {"application"}
    yield differ, "The first four models do not copy in the same way."
    own = "application" in second[last]
    yield own, "In asynchronous I/O the application's own call copies as well."


def _row(
    evidence: Evidence, lab: str, traced: list[Outcome], copied: Arrival | None
) -> tuple[str, ...]:
    def seen(name: str, shown: Callable[[float], str]) -> str:
        return _number(traced, name, shown, "traces")

    limit = _in_c(evidence.maybe(measure="ceiling", lab=lab))
    held = [m for m in _in_c(evidence.maybe(measure="load", lab=lab)) if m.cell.get("idle")]
    model = DESIGNS.get(lab)
    own = "run arrival" if copied is None else f"{copied.own:.0%}"
    return (
        lab,
        _word(traced, "blocks_in"),
        seen("wait_blocked_share", lambda share: f"{share:.0%}"),
        _word(traced, "copied_by"),
        "no notification"
        if _word(traced, "notification_means") == "nothing"
        else seen("copies_after_notification", lambda calls: f"{calls:.3g}"),
        own if model is None or copied is None else f"{own} (calls of {model})",
        _notice(traced),
        _set_bytes(traced),
        seen("calls_per_request", lambda calls: f"{calls:.1f}"),
        _memory(traced, held or limit),
        seen("idle_cpu", lambda cpu: f"{cpu:.0%}"),
        _stop(limit),
    )


def _three_calls(evidence: Evidence) -> Table:
    """select, poll and epoll by the questions that set them apart."""
    try:
        found = splits(evidence)
    except NotShownError:
        found = {}
    n = min((split.most for split in found.values()), default=0)
    rows = []
    for call in ("select", "poll", "epoll"):
        traced = evidence.maybe(measure="trace", lab=call)
        stop = _stop(_in_c(evidence.maybe(measure="ceiling", lab=call)))
        split = found.get(call)
        if split is None:
            rows.append((call, *["run call-parts"] * 4, _set_bytes(traced), stop))
            continue
        whole = median(split.whole(n))
        named = (("examine", "queues", "again"), ("copy",), ("search",))
        shares = [sum(split.ns(n, part) for part in parts) / whole for parts in named]
        cells = (f"{whole / 1e3:,.1f} µs", *(f"{share:.2%}" for share in shares))
        rows.append((call, *cells, _set_bytes(traced), stop))
    head = (
        "call",
        f"one call that sleeps, N={n:,}",
        "the kernel examines descriptors and joins wait queues",
        "the kernel copies the set",
        "the application searches",
        "bytes of descriptor sets for an event",
        "stopped at, by",
    )
    return Table("The three calls of multiplexing", head, tuple(rows))


def _notice(traced: list[Outcome]) -> str:
    by, means = _word(traced, "notified_by"), _word(traced, "notification_means")
    if means == "nothing":
        return "no notification"
    return by if by == means else f"{by}: {means}"


def _memory(traced: list[Outcome], some: list[Outcome]) -> str:
    if _word(traced, "concurrency") == ONE_AT_A_TIME:
        return ONE_AT_A_TIME
    if any(m.metrics.get("limit") == "unnamed" for m in some):
        return "not measured: further clients wait"
    return _number(some, "memory_per_connection", lambda size: f"{size:,.0f} B", "ceilings")


def _in_c(some: list[Outcome]) -> list[Outcome]:
    """The labs in C, or in Python where a lab is in no other language."""
    return [m for m in some if m.cell.get("language") == "c"] or some


def _stop(limit: list[Outcome]) -> str:
    """At the highest limit on descriptors that was tried."""
    named = [m for m in limit if "limit" in m.metrics and "served" in m.metrics]
    if not named:
        return "run ceilings"
    most = max(named, key=lambda m: (float(m.metrics["served"]), m.metrics["limit"] != "EMFILE"))
    name = most.metrics["limit"]
    why = "further clients wait" if name == "unnamed" else str(name)
    return f"{number_of(int(most.metrics['served']), 'client')}, {why}"


def _set_bytes(traced: list[Outcome]) -> str:
    """Beside few and beside many idle connections, if both were traced."""
    by_idle: dict[float, list[float]] = {}
    for m in traced:
        if "syscall_bytes_per_event" in m.metrics:
            idle = float(m.cell.get("idle") or 0)
            by_idle.setdefault(idle, []).append(float(m.metrics["syscall_bytes_per_event"]))
    if not by_idle:
        return "none" if traced else "run traces"
    return ", ".join(f"{median(by_idle[n]):,.0f} at {n:,.0f} idle" for n in sorted(by_idle))


def _number(some: list[Outcome], name: str, shown: Callable[[float], str], experiment: str) -> str:
    numbers = [float(m.metrics[name]) for m in some if name in m.metrics]
    return shown(median(numbers)) if numbers else f"run {experiment}"


def _word(some: Iterable[Outcome], name: str) -> str:
    words = values([m.metrics.get(name, UNKNOWN) for m in some])
    return words or "run traces"


def _arrivals(evidence: Evidence) -> dict[str, Arrival]:
    try:
        return arrivals(evidence)
    except NotShownError:
        return {}


def _lane(lab: str, traced: list[Outcome], copied: Arrival | None) -> Lane:
    where, copies = _word(traced, "blocks_in"), _word(traced, "copied_by")
    if where == "nowhere":
        waits = Phase("asks again and again", "running")
    else:
        until = where in ("signal", "completion")
        waits = Phase(f"blocked {'until a' if until else 'in'} {where}", "blocked")
    if copies == "application":
        copy = Phase("its own call copies", "running")
    elif copied is not None and copied.own > OWN:
        copy = Phase(f"{copies} copies, on its CPU time", "running")
    else:
        copy = Phase(f"{copies} copies", "elsewhere")
    means = _word(traced, "notification_means")
    return Lane(
        lab,
        waits,
        copy,
        _notice(traced),
        notified=means != "nothing",
        after=means == "completion",
        below=_shares(traced),
    )


def _shares(traced: list[Outcome]) -> tuple[str, ...]:
    lines = [m.record.trace.timeline for m in traced if m.record.trace is not None]
    some = [line for line in lines if line is not None and line.total_ns]
    if not some:
        return ()
    wait = median(line.wait_ns / line.total_ns for line in some)
    copy = median(line.copy_ns / line.total_ns for line in some)
    return (f"wait {wait:.0%}", f"copy {copy:.1%}")
