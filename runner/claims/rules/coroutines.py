"""C19, C20: coroutines over multiplexing."""

from __future__ import annotations

from statistics import median

from runner.claims.evidence import Evidence, values
from runner.claims.rules.waiting import FREE, RESTING, neighbours, table
from runner.claims.ruling import NotShownError, Ruling, Standing, Table, holding
from runner.plural import number_of
from runner.records.outcome import Outcome

UNKNOWN = "unknown"
SLEEPS_IN = ("epoll", "poll", "select")
LATE = 0.05
"""Of the frames, that may be late while a listener stalls: on a shared machine some always are. Or
twice as many as without the one that stalls."""


def c19_another_layer(evidence: Evidence) -> Ruling:
    """What the kernel sees of aecho is an ordinary multiplexing server."""
    axes = {"measure": "trace", "lab": "aecho"}
    sleeps = values(evidence.words("blocks_in", **axes))
    models = values(evidence.words("model", **axes))
    threads = max(evidence.metric("new_threads", **axes))
    neighbour = neighbours(evidence, lab="aecho")["aecho"]
    switches = [_switches(m) for m in evidence.trials(**axes)]
    figure = (
        f"blocks only in {sleeps}, {threads:.0f} further threads; B waits "
        f"{neighbour.waits.text(3)} of A's thinking time"
    )
    rows = tuple(
        (name, values([m.metrics.get(name, "–") for m in evidence.trials(**axes)]))
        for name in ("model", "synchrony", "blocking", "blocks_in", "copied_by", "concurrency")
    )
    tables = (
        Table("aecho, as the kernel sees it", ("", "observed"), rows),
        table({"aecho": neighbour}),
    )
    confidence = f"traced conversations: {len(evidence.trials(**axes))}"
    if sleeps == UNKNOWN:
        because = "The trace does not classify aecho as a loop over one multiplexer."
        return Ruling(Standing.INCONCLUSIVE, figure, confidence, because, tables)
    if sleeps not in SLEEPS_IN or threads > 0 or neighbour.waits.low > FREE:
        because = f"aecho blocks in {sleeps}, with {threads:.0f} further threads."
        met = holding(sleeps not in SLEEPS_IN, threads > 0, neighbour.waits.low > FREE)
        return Ruling(Standing.REFUTED, figure, confidence, because, tables, met=met)
    traced = f" {median(switches):.0f} coroutine switches were traced." if any(switches) else ""
    because = (
        f"To the kernel it is {models}: one thread that blocks only in {sleeps}. The switch to "
        f"another coroutine happens above the kernel, in the language.{traced}"
    )
    return Ruling(Standing.SUPPORTED, figure, confidence, because, tables)


def c20_responsive_while_one_stalls(evidence: Evidence) -> Ruling:
    echo = neighbours(evidence, lab="aecho").get("aecho")
    if echo is None:
        raise NotShownError(Standing.NO_EVIDENCE, "the probe neighbours was not run beside aecho")
    answered, tries = echo.served_beside_stalled
    play = [
        m
        for m in evidence.trials(measure="stream", lab="aplay")
        if int(m.cell.get("stalled") or 0) > 0
    ]
    if not play:
        raise NotShownError(Standing.NO_EVIDENCE, "aplay was not run beside a stalled listener")
    late = median(
        float(m.metrics["late_frame_share"]) for m in play if "late_frame_share" in m.metrics
    )
    crowd = {m.cell.get("listeners") for m in play}
    calm_late = [
        float(m.metrics["late_frame_share"])
        for m in evidence.maybe(measure="stream", lab="aplay", stalled=0)
        if m.cell.get("listeners") in crowd and "late_frame_share" in m.metrics
    ]
    allowed = max([LATE, *(2 * share for share in calm_late)])
    gaps = sum(float(m.metrics.get("gaps", 0)) for m in play)
    figure = (
        f"aecho answered {answered} of {tries} beside a client that does not read; aplay: "
        f"{late:.1%} of frames late, {gaps:.0f} gaps beside stalled listeners"
    )
    rows = tuple(
        (
            m.cell.name,
            f"{float(m.metrics.get('late_frame_share', 0)):.2%}",
            f"{float(m.metrics.get('lateness_p99', 0)) / 1e3:,.0f}",
            f"{float(m.metrics.get('gaps', 0)):.0f}",
        )
        for m in play
    )
    head = ("trial", "late frames", "lateness p99 µs", "gaps")
    tables = (table({"aecho": echo}), Table("aplay beside stalled listeners", head, rows))
    confidence = f"{tries} tries, {number_of(len(play), 'trial')}"
    quiet = echo.waits.high <= FREE and echo.idle_cpu <= RESTING
    if answered < tries or not quiet:
        because = "aecho delays other clients because of one."
        return Ruling(Standing.REFUTED, figure, confidence, because, tables)
    if late <= allowed and not gaps:
        because = "Both stay responsive: one stalled client delays no other client."
        return Ruling(Standing.SUPPORTED, figure, confidence, because, tables)
    because = "aecho stays responsive; aplay's listeners get some frames late beside stalled ones."
    met = holding(late > allowed, gaps > 0)
    return Ruling(Standing.NUANCED, figure, confidence, because, tables, met=met)


def _switches(trial: Outcome) -> int:
    return 0 if trial.record.trace is None else trial.record.trace.switches
