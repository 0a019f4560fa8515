"""A line as high as a line of text: how a figure went from step to step. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.figures.paper import escape

WIDTH, HEIGHT = 96, 20


def draw(values: Sequence[float], says: str) -> str:
    """As a part of a page. From 0, or the line would look wilder than it is."""
    most = max(values, default=0.0) or 1.0
    step = (WIDTH - 4) / max(1, len(values) - 1)
    points = "L".join(
        f"{2 + index * step:.0f} {HEIGHT - 2 - value / most * (HEIGHT - 4):.0f}"
        for index, value in enumerate(values)
    )
    return (
        f'<svg class="fig" role="img" viewBox="0 0 {WIDTH} {HEIGHT}"><title>{escape(says)}</title>'
        f'<path class="l" d="M{points}"/></svg>'
    )
