"""How much room a text needs, and how names that would touch are moved apart. Pure.

The font is the reader's own, so a width is an estimate, made for a wide one (DejaVu Sans).
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

SIZE = 12
_NARROW = frozenset("iljtfI.,:;|'!()[] ·")
_WIDE = frozenset("mwMW@%÷×→")


def room(text: str, size: float = SIZE) -> float:
    return sum(_share(letter) for letter in text) * size


def cut(text: str, most: float, size: float = SIZE) -> str:
    """As much of it as there is room for."""
    if room(text, size) <= most:
        return text
    kept = text
    while kept and room(kept + "…", size) > most:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def folded(text: str, most: float, size: float = SIZE) -> list[str]:
    """Lines of whole words that are no wider than that."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if not lines[-1] or room(joined, size) <= most:
            lines[-1] = joined
        else:
            lines.append(word)
    return [cut(line, most, size) for line in lines]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near to the wanted ones as a distance of `gap` lets them be, in their order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, list[int]]] = []
    for i in order:
        groups.append((wanted[i], [i]))
        while len(groups) > 1 and _bottom(groups[-2], gap) + gap > _top(groups[-1], gap):
            (a, some), (b, more) = groups[-2:]
            middle = (a * len(some) + b * len(more)) / (len(some) + len(more))
            groups[-2:] = [(middle, some + more)]
    placed = [0.0] * len(wanted)
    for middle, members in groups:
        first = middle - gap * (len(members) - 1) / 2
        for n, i in enumerate(members):
            placed[i] = first + n * gap
    if order and placed[order[-1]] > high:
        below = high
        for i in reversed(order):
            placed[i] = min(placed[i], below)
            below = placed[i] - gap
    above = low
    for i in order:
        placed[i] = max(placed[i], above)
        above = placed[i] + gap
    return placed


def _top(group: tuple[float, list[int]], gap: float) -> float:
    return group[0] - gap * (len(group[1]) - 1) / 2


def _bottom(group: tuple[float, list[int]], gap: float) -> float:
    return group[0] + gap * (len(group[1]) - 1) / 2


def _share(letter: str) -> float:
    """Of the height."""
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.38
    if letter in _WIDE:
        return 0.9
    return 0.72 if letter.isupper() else 0.64
