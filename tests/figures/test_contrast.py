"""Every colour that carries a text or a line can be told from what it lies on."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from runner.figures import palette
from runner.figures.palette import DARK, LIGHT, PAPER, css

INKS = ("ink", "faint", "good", "bad", "open", *(f"c{n}" for n in range(palette.SERIES)))
THEMES = {"light": LIGHT, "dark": DARK, "paper": PAPER}


def brightness(colour: str) -> float:
    """WCAG 2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_texts_and_lines(theme: Mapping[str, str]) -> None:
    for ink in INKS:
        for ground in ("paper", "band"):
            assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
    for phase in ("blocked", "running", "elsewhere"):
        assert contrast(theme["ink"], theme[phase]) >= 4.5, phase
    assert contrast(theme["edge"], theme["paper"]) >= 3, "axes and frames"


def test_the_measure_itself() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_both_themes_and_paper_set_every_colour() -> None:
    blocks = re.findall(r"\{([^{}]*)\}", css())
    names = {tuple(sorted(re.findall(r"--(\w+):#", block))) for block in blocks}
    assert len(blocks) == 5
    assert names == {tuple(sorted(LIGHT))}
