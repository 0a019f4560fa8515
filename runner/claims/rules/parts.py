"""C21: the parts of one call of select, poll and epoll_wait, and which of them epoll saves. From
the probe `call_parts`, which times calls that differ in one part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from runner.claims.curves import curve
from runner.claims.evidence import Evidence
from runner.claims.ruling import NotShownError, Plot, Ruling, Standing, Table
from runner.records.facts import matching
from runner.records.trial_record import Fact
from runner.stats.interval import Interval, median_interval

SEARCHING = ("select", "poll")
PARTS = ("enter", "copy", "examine", "queues", "sleep", "again", "search")
HEADS = (
    "enter and leave the kernel",
    "copy the set",
    "examine each descriptor",
    "join and leave wait queues",
    "sleep and wake",
    "examine each again",
    "application's search",
)
SHORT = ("enter", "copy", "examine", "wait queues", "sleep", "examine again", "search")
"""For the curves of a plot."""
DIRECT = ("examine", "queues", "again", "search")
"""What a call does to find the ready descriptors among all of them: the seed's first point."""

MAIN = 0.25
"""Two main gains each have at least a quarter of what is saved."""

SMALLEST = 100
"""A set this small can be watched by any call: with few descriptors, waking costs the most."""


@dataclass(frozen=True, slots=True)
class Split:
    """One call by the number watched: each part's ns, one sample for each trial."""

    call: str
    parts: Mapping[int, Mapping[str, Sequence[float]]]

    @property
    def most(self) -> int:
        return max(self.parts)

    def ns(self, n: int, part: str) -> float:
        return median(self.parts[n][part])

    def whole(self, n: int) -> list[float]:
        """The cost of the whole call, of each trial."""
        return _sums(self.parts[n], PARTS)


def splits(evidence: Evidence) -> dict[str, Split]:
    """All three calls. Raises NotShownError."""
    trials = evidence.trials(probe="call_parts")
    found: dict[str, Split] = {}
    for call in (*SEARCHING, "epoll"):
        by_size: dict[int, dict[str, list[float]]] = {}
        for trial in trials:
            rounds: dict[int, list[dict[str, float]]] = {}
            for f in matching(trial, {"call": call}):
                if float(f["sleeps"]) >= float(
                    f["sleeping_calls"]
                ):  # or else the timer was too early
                    rounds.setdefault(int(f["watched"]), []).append(parts_of(f))
            for n, each in rounds.items():
                sizes = by_size.setdefault(n, {part: [] for part in PARTS})
                for part in PARTS:
                    sizes[part].append(median(one[part] for one in each))
        if not by_size:
            raise NotShownError(Standing.INCONCLUSIVE, f"no sleeping call of {call} was measured")
        found[call] = Split(call, by_size)
    return found


def parts_of(f: Fact) -> dict[str, float]:
    """Each part is a difference of two measured calls; together they are the sleeping call and the
    search. epoll has no set to copy, and examines only what was reported."""
    nothing, blank, ready, queued, alone, asleep, search = (
        float(f[f"{name}_ns"])
        for name in ("nothing", "blank", "ready", "queued", "alone", "asleep", "search")
    )
    if f["call"] == "epoll":
        return {
            **dict.fromkeys(PARTS, 0.0),
            "enter": blank,
            "examine": ready - blank,
            "sleep": asleep - ready,
            "search": search,
        }
    return {
        "enter": nothing,
        "copy": blank - nothing,
        "examine": ready - blank,
        "queues": queued - ready,
        "sleep": alone - blank,
        "again": asleep - queued - (alone - blank),
        "search": search,
    }


def c21_what_gains_most(evidence: Evidence) -> Ruling:
    found = splits(evidence)
    tables = (_table(found), _once(evidence))
    plots = tuple(_plot(found[call]) for call in SEARCHING)
    n = min(split.most for split in found.values())
    if n < SMALLEST:
        because = f"Only {n} descriptors were watched, too few to tell the parts of a call."
        raise NotShownError(Standing.INCONCLUSIVE, because)
    epoll = found["epoll"].whole(n)
    copy, direct, saved = [], [], []
    for split in (found[call] for call in SEARCHING):
        gains = [a - b for a, b in zip(split.whole(n), epoll, strict=False)]
        if median(gains) <= 0:
            because = (
                f"With {n:,} descriptors a call of {split.call} costs no more than epoll_wait."
            )
            return Ruling(
                Standing.REFUTED, "nothing saved", "medians", because, tables, plots, met=(1,)
            )
        saved.append(median(gains))
        copy.append(_share(_sums(split.parts[n], ("copy",)), gains))
        direct.append(_share(_sums(split.parts[n], DIRECT), gains))
    figure = f"of what epoll_wait saves at N={n:,}: " + "; ".join(
        f"{call}: copying {c.estimate:.2%}, finding the ready ones {d.estimate:.1%}"
        for call, c, d in zip(SEARCHING, copy, direct, strict=True)
    )
    confidence = f"99% intervals of {len(epoll)} repeats"
    standing, because, met = _verdict(copy, direct)
    if standing is not Standing.INCONCLUSIVE:
        because += " " + " ".join(_sentence(found[call], n) for call in SEARCHING)
    return Ruling(standing, figure, confidence, because, tables, plots, met=(met,))


def _verdict(copy: Sequence[Interval], direct: Sequence[Interval]) -> tuple[Standing, str, int]:
    """Last is which of the conditions for the standing is met."""
    ends = [end for each in (*copy, *direct) for end in (each.low, each.high)]
    if None in ends:
        return Standing.INCONCLUSIVE, "Too few repeats for an interval; four and more decide.", 0
    copies, finds = _main(copy), _main(direct)
    if copies is None or finds is None:
        return Standing.INCONCLUSIVE, "The intervals do not tell main gains from small ones.", 0
    if copies and finds:
        return Standing.SUPPORTED, "Both points are main gains of epoll.", 0
    if finds:
        most = max(each.high or 0 for each in copy)
        because = (
            "The first point is the gain, the second is not: epoll_wait saves the work of finding "
            f"the ready descriptors; copying is at most {most:.1%} of what it saves."
        )
        return Standing.NUANCED, because, 0
    if copies:
        return Standing.NUANCED, "The second point is the gain, the first is not.", 1
    return Standing.REFUTED, "Neither point is a main gain of epoll.", 0


def _main(shares: Iterable[Interval]) -> bool | None:
    """None where an interval holds the bound, or the calls differ."""
    some = list(shares)
    if all((each.low or 0) > MAIN for each in some):
        return True
    return False if all((each.high or 0) < MAIN for each in some) else None


def _sentence(split: Split, n: int) -> str:
    whole = median(split.whole(n))
    asked = split.ns(n, "examine") + split.ns(n, "again")
    return (
        f"A call of {split.call} that sleeps takes {whole / 1e3:,.0f} µs of CPU time: examining "
        f"every descriptor twice {asked / whole:.0%}, joining and leaving every wait queue "
        f"{split.ns(n, 'queues') / whole:.0%}, the application's search "
        f"{split.ns(n, 'search') / whole:.1%}, copying {split.ns(n, 'copy') / whole:.2%}."
    )


def _share(part: Sequence[float], gains: Sequence[float]) -> Interval:
    return median_interval([a / b for a, b in zip(part, gains, strict=False) if b > 0])


def _sums(parts: Mapping[str, Sequence[float]], names: Iterable[str]) -> list[float]:
    return [sum(each) for each in zip(*(parts[name] for name in names), strict=True)]


def _table(found: Mapping[str, Split]) -> Table:
    rows = []
    for split in found.values():
        for n in sorted(split.parts):
            own = [f"{ns:,.0f}" if (ns := split.ns(n, part)) else "–" for part in PARTS]
            rows.append((split.call, f"{n:,}", *own, f"{median(split.whole(n)):,.0f}"))
    title = "Parts of one call that sleeps and is woken, ns of CPU time; one of N becomes ready"
    return Table(title, ("call", "N", *HEADS, "whole"), tuple(rows))


def _once(evidence: Evidence) -> Table:
    by_size: dict[int, list[tuple[float, float]]] = {}
    for f in evidence.findings("call_parts", {}, call="epoll"):
        pair = float(f["add_ns"]), float(f["remove_ns"])
        by_size.setdefault(int(f["watched"]), []).append(pair)
    rows = tuple(
        (f"{n:,}", *(f"{median(side):,.0f}" for side in zip(*by_size[n], strict=True)))
        for n in sorted(by_size)
    )
    title = "What epoll pays once for each descriptor, ns of CPU time"
    return Table(title, ("N", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL"), rows)


def _plot(split: Split) -> Plot:
    curves = tuple(
        curve(head, {n: split.parts[n][part] for n in split.parts})
        for part, head in zip(PARTS, SHORT, strict=True)
        if all(split.ns(n, part) > 0 for n in split.parts)
    )
    title = f"Parts of one call of {split.call} that sleeps and is woken"
    return Plot(title, "N watched", "CPU time of the part", curves, y_unit="ns")
