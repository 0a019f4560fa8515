"""C11, C14, C17: which calls the kernel has, and how many bytes of sets they copy."""

from __future__ import annotations

from statistics import median

from runner.claims.curves import exact
from runner.claims.evidence import Evidence
from runner.claims.ruling import NotShownError, Plot, Ruling, Standing, Table
from runner.stats.growth import power

ELSEWHERE = ("kqueue", "event ports", "/dev/poll")
"""Other systems' own: BSD and macOS, illumos and Solaris. Windows has completion ports."""

DOCUMENTED = {
    "illumos": (("event ports", "epoll"), "port_create(3C), epoll(7)"),
    "FreeBSD": (("kqueue",), "kqueue(2)"),
    "macOS": (("kqueue",), "kqueue(2)"),
    "Windows": (("I/O completion ports",), "CreateIoCompletionPort"),
}
"""What no run on Linux can measure: the calls of other systems, with the page that says so."""

GROWS = 3.0
"""Times as many bytes beside hundreds of idle connections as beside none: no two bytes of noise."""


def c14_epoll_is_linux_only(evidence: Evidence) -> Ruling:
    findings = evidence.findings("kernel_has", {})
    of_calls = [f for f in findings if "family" in f]
    epoll = [f for f in of_calls if f["family"] == "epoll"]
    others = [f for f in of_calls if f["family"] in ELSEWHERE and f["state"] == "present"]
    rows = tuple(
        (str(f["family"]), str(f["call"]), str(f["case"]), str(f["state"]), str(f["answer"]))
        for f in of_calls
    )
    tables = (
        Table("What this kernel has", ("family", "call", "case", "state", "answer"), rows),
        Table(
            "What other systems document (not measured)",
            ("system", "calls", "page"),
            tuple((name, ", ".join(calls), where) for name, (calls, where) in DOCUMENTED.items()),
        ),
    )
    here = sum(f["state"] == "present" for f in epoll)
    figure = f"epoll: {here} of {len(epoll)} present; {', '.join(ELSEWHERE)}: {len(others)} present"
    confidence = f"{len(of_calls)} calls made or looked up"
    if not epoll or here < len(epoll):
        because = "This kernel, or this box, has no epoll."
        return Ruling(Standing.REFUTED, figure, confidence, because, tables)
    if others:
        because = f"This kernel has {', '.join(str(f['family']) for f in others)} as well."
        return Ruling(Standing.NUANCED, figure, confidence, because, tables)
    because = (
        "This kernel has epoll, and none of the calls that other systems have instead. That half "
        "is measured; the other is documented."
    )
    elsewhere = [system for system, (calls, _) in DOCUMENTED.items() if "epoll" in calls]
    if elsewhere:
        because += (
            f" {' and '.join(elsewhere)} has epoll as well, for programs that were written for "
            "Linux. So epoll comes from Linux, and is not on Linux alone."
        )
        return Ruling(Standing.NUANCED, figure, confidence, because, tables, met=(1,))
    return Ruling(Standing.SUPPORTED, figure, confidence, because, tables)


def border(evidence: Evidence, lab: str) -> dict[int, float]:
    """Bytes of descriptor sets that were copied per event, by the number of idle connections. From
    traced runs. Raises NotShownError."""
    by_idle: dict[int, list[float]] = {}
    for m in evidence.trials(measure="trace", lab=lab):
        if "syscall_bytes_per_event" in m.metrics:
            watched = int(m.cell.get("idle") or 0)
            by_idle.setdefault(watched, []).append(float(m.metrics["syscall_bytes_per_event"]))
    if len(by_idle) < 2:
        reason = (
            f"{lab} was traced with {len(by_idle)} numbers of watched connections, two are needed"
        )
        raise NotShownError(Standing.NO_EVIDENCE, reason)
    return {n: median(by_idle[n]) for n in sorted(by_idle)}


def c11_select_copies_the_set(evidence: Evidence) -> Ruling:
    select, poll = border(evidence, "select"), border(evidence, "poll")
    least, most = min(select), max(select)
    times = select[most] / select[least]
    figure = (
        f"{select[least]:,.0f} B an event beside {least} idle, {select[most]:,.0f} B beside {most}"
    )
    tables, plots = _border_shown(evidence)
    if times > GROWS:
        because = (
            "Every call copies the whole set to the kernel and back: the more descriptors are "
            f"watched, the more bytes for one event (poll: {poll[min(poll)]:,.0f} to "
            f"{poll[max(poll)]:,.0f} B)."
        )
        return Ruling(Standing.SUPPORTED, figure, "traced arguments", because, tables, plots)
    if times < 1.2:
        because = "The bytes copied do not grow with the number watched."
        return Ruling(Standing.REFUTED, figure, "traced arguments", because, tables, plots)
    because = "The bytes grow with the number watched, but far less than in proportion."
    return Ruling(Standing.NUANCED, figure, "traced arguments", because, tables, plots)


def c17_epoll_does_not_copy_again(evidence: Evidence) -> Ruling:
    epoll = border(evidence, "epoll")
    least, most = min(epoll), max(epoll)
    times = epoll[most] / epoll[least]
    maps = evidence.findings("kernel_has", {}, case="epoll_mmap")
    mapped = any(int(f["new_mappings"]) or f["mmap"] == "success" for f in maps)
    traced = sum(float(m.metrics.get("epoll_mmaps", 0)) for m in evidence.maybe(measure="trace"))
    mapped = mapped or traced > 0
    figure = (
        f"{epoll[least]:,.0f} B an event beside {least} idle, {epoll[most]:,.0f} B beside {most}; "
        f"{'shared memory' if mapped else 'no mmap'}"
    )
    tables, plots = _border_shown(evidence)
    if times > GROWS:
        because = "The bytes copied grow with the number watched."
        return Ruling(Standing.REFUTED, figure, "traced arguments", because, tables, plots)
    if mapped:
        because = "Nothing is copied, because memory is shared with the kernel."
        return Ruling(Standing.SUPPORTED, figure, "traced arguments", because, tables, plots)
    because = (
        "A descriptor is copied to the kernel once, when it is added; afterwards only ready ones "
        "are copied back, in every call. epoll shares no memory with the kernel (mmap of its "
        f"descriptor: {maps[0]['mmap']}, no new mapping)."
    )
    return Ruling(Standing.NUANCED, figure, "traced arguments", because, tables, plots)


def _border_shown(evidence: Evidence) -> tuple[tuple[Table, ...], tuple[Plot, ...]]:
    rows, curves = [], []
    for lab in ("select", "poll", "epoll"):
        try:
            by_idle = border(evidence, lab)
        except NotShownError:
            continue
        positive = {n: b for n, b in by_idle.items() if n > 0 and b > 0}
        points = [(float(n), b) for n, b in positive.items()]
        k = f"{power(points):.2f}" if len(points) > 2 else "–"
        rows.append((lab, *(f"{b:,.0f}" for b in by_idle.values()), k))
        curves.append(exact(lab, positive))
        sizes = list(by_idle)
    head = ("call", *(f"{n} idle" for n in sizes), "k")
    table = Table("Bytes of descriptor sets copied for one event", head, tuple(rows))
    plot = Plot(
        "Bytes of descriptor sets copied for one event",
        "idle connections",
        "copied for one event",
        tuple(curves),
        y_unit="bytes",
    )
    return (table,), (plot,)
