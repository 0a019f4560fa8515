"""A trace for a terminal: the I/O model, one request as a timeline, the counts. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tabulate import tabulate

from runner.plural import number_of
from runner.report.fit import fold
from runner.trace import Trace
from runner.trace.classification import Classification
from runner.trace.model import Coroutines, Step, Timeline

LEFT, RIGHT = 34, 46
"""Columns of the application's and of the kernel's side."""
BEFORE = 8 + 2 + LEFT + 2
"""Columns in front of the kernel's side."""
EDGE, LEAST = 16, 12
"""Columns of the phases, and what the kernel's side is given at least."""
_ARROW, _BACK = "─▶", "◀─"
CAVEAT = "under a tracer every call is slower: times are for comparison within this figure"


def render(title: str, traces: Sequence[Trace], width: int | None = None) -> str:
    """The first trace whole, then the counts of all traces, which have different numbers of silent
    connections. No line is wider than `width`: the kernel's side is then broken into lines."""
    first = traces[0]
    parts = [f"{title}: {first.classification.model}", classification(first.classification)]
    if first.timeline is not None:
        parts.append(timeline(first.timeline, width))
    if first.coroutines is not None:
        parts.append(coroutines(first.coroutines))
    parts.append(counts(traces))
    lines = "\n\n".join(parts).split("\n")
    return "\n".join(each for line in lines for each in _folded(line, width)) + "\n"


def _folded(line: str, width: int | None) -> list[str]:
    """Sentences are broken between words; the rows of a table are left as they are."""
    return fold([line], width) if width is not None and len(line) > width else [line]


def classification(found: Classification) -> str:
    rows = [
        ("blocks in", f"{found.blocks_in}", f"the wait is {found.blocking}"),
        ("notification", f"{found.notification_means}", f"by {found.notified_by}"),
        ("copied by", f"{found.copied_by}", f"the operation is {found.synchrony}"),
        ("concurrency", f"{found.concurrency}", ""),
    ]
    lines = [tabulate(rows, tablefmt="plain")]
    lines += [f"  - {sentence}" for sentence in found.because]
    if found.unclear:
        lines.append(f"  unknown: {found.unclear}")
    return "\n".join(lines)


def coroutines(seen: Coroutines) -> str:
    """The layer above the kernel, in sentences."""
    others = number_of(seen.between, "other coroutine")
    blocked = f"blocked in {', '.join(seen.blocked_in)}" if seen.blocked_in else "never blocked"
    return (
        f"{number_of(seen.tasks, 'coroutine')} ran on {number_of(seen.threads, 'thread')} with "
        f"{seen.switches:,} switches.\nBetween answering the first client "
        f"and reading from it again, {others} ran.\nApart from the multiplexer the thread "
        f"{blocked}."
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the figure; `at` in ns."""

    at: int
    left: str
    right: str
    phase: str


def timeline(shown: Timeline, width: int | None = None) -> str:
    """Application on the left, kernel on the right, phases at the edge."""
    right = RIGHT if width is None else max(LEAST, min(RIGHT, width - BEFORE - EDGE))
    lines = sorted(_lines(shown), key=lambda line: line.at)
    wait = f"wait {milliseconds(shown.wait_ns)}"
    copy = f"copy {milliseconds(shown.copy_ns)}"
    edges = {"wait": wait, "copy": copy}
    heads = f"{'application':<{LEFT}}  {'kernel':<{right}}"
    written = [f"One request, “{shown.request.text}” ({CAVEAT}):", "", f"   at ms  {heads}"]
    named: set[str] = set()
    for line in lines:
        edge = ""
        if line.phase in edges:
            edge = "│ " + (edges[line.phase] if line.phase not in named else "")
            named.add(line.phase)
        at = (line.at - shown.began) / 1e6
        news = [line.right]
        if width is not None and len(line.right) > right:
            news = textwrap.wrap(line.right, right) or [""]
        written.append(f"{at:>8.2f}  {line.left:<{LEFT}}  {news[0]:<{right}} {edge}".rstrip())
        bar = edge[:1]
        written += [f"{'':<{BEFORE}}{more:<{right}} {bar}".rstrip() for more in news[1:]]
    return "\n".join(written)


def _lines(shown: Timeline) -> Iterator[Line]:
    """A call begins in one line and returns in another: what happens in between stands between."""
    for step in shown.steps:
        if step.lane == "kernel":
            yield Line(step.started, "", step.kernel, "wait" if step.phase == "arrival" else "")
            continue
        who = f" ({step.who})" if step.who else ""
        called = f"{step.call}{who} "
        back = f"{_BACK} {step.call} = {step.result}{who if step.lane == 'application' else ''} "
        slept = step.phase == "wait"
        began = max(step.started, shown.began)
        yield Line(began, called.ljust(LEFT - 2, "─") + _ARROW, step.kernel, step.phase)
        yield Line(step.ended, back, step.news, "copy" if slept and _is_copy(step) else step.phase)


def _is_copy(step: Step) -> bool:
    return "copies" in step.kernel


def counts(traces: Sequence[Trace]) -> str:
    """One column for each number of idle connections."""
    names = list(dict.fromkeys(name for trace in traces for name in trace.counts.calls))
    rows = [[f"{name} per request", *(_call(trace, name) for trace in traces)] for name in names]
    rows += [
        ["reads that returned EAGAIN", *(_share(t.counts.eagain_share) for t in traces)],
        ["syscall bytes per event", *(_plain(t.counts.syscall_bytes.per_event) for t in traces)],
        ["blocked while all were silent", *(_share(t.counts.wait_blocked_share) for t in traces)],
        ["CPU while all were silent, untraced", *(_idle(t) for t in traces)],
        ["context switches per request, untraced", *(_switches(t) for t in traces)],
        ["threads, processes created for clients", *(_made(t) for t in traces)],
        ["mmap calls on epoll descriptors", *(str(t.counts.epoll_mmaps) for t in traces)],
        ["second client's first reply", *(_second(t) for t in traces)],
    ]
    heads = ["idle connections", *(str(t.conversation.watched) for t in traces)]
    return tabulate(rows, headers=heads, disable_numparse=True, colalign=_aligned(len(heads)))


def _aligned(columns: int) -> list[str]:
    return ["left", *["right"] * (columns - 1)]


def milliseconds(ns: int) -> str:
    return f"{ns / 1e6:.2f} ms"


def _call(trace: Trace, name: str) -> str:
    return f"{trace.counts.calls.get(name, 0.0):,.1f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _idle(trace: Trace) -> str:
    return "–" if trace.accounting is None else f"{trace.accounting.idle_cpu:.0%}"


def _switches(trace: Trace) -> str:
    return "–" if trace.accounting is None else f"{trace.accounting.switches_per_request:.1f}"


def _made(trace: Trace) -> str:
    return f"{trace.counts.new_threads}, {trace.counts.new_processes}"


def _second(trace: Trace) -> str:
    if trace.accounting is None:
        return "–"
    if trace.conversation.alone:
        return "after the first client left"
    return "at once"
