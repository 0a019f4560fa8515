"""The colours of pages and figures, light and dark, as custom properties of CSS. Pure.

Each ink keeps a contrast of 4.5 against the paper and against the band, so that the name of a
series may have the colour of its line. tests/figures/test_contrast.py computes it.
"""

from __future__ import annotations

from collections.abc import Mapping

SERIES = 8
"""How many series differ in their colour; the next one has the first colour and another marker."""

LIGHT = {
    "paper": "#ffffff", "band": "#f3f4f6", "ink": "#1a1c1f", "faint": "#555b63", "line": "#d5d9de",
    "edge": "#767d86", "good": "#17663a", "bad": "#a3201d", "open": "#735000",
    "c0": "#0a5fa3", "c1": "#a84300", "c2": "#006b4d", "c3": "#8d2f6f", "c4": "#6b5600",
    "c5": "#5a48c4", "c6": "#a3123f", "c7": "#4d5560",
    "blocked": "#a9d3f2", "running": "#f5cf87", "elsewhere": "#ffffff",
}  # fmt: skip
DARK = {
    "paper": "#15181c", "band": "#20252b", "ink": "#e7e9ec", "faint": "#a9b0b8", "line": "#363c44",
    "edge": "#868e97", "good": "#7bd69b", "bad": "#ff9d97", "open": "#f0c36a",
    "c0": "#6db7f2", "c1": "#ff9f66", "c2": "#54cfa2", "c3": "#ea9bd0", "c4": "#dcc251",
    "c5": "#b4a9ff", "c6": "#ff8fa6", "c7": "#b9c0c8",
    "blocked": "#1f4f76", "running": "#6b4a0a", "elsewhere": "#15181c",
}  # fmt: skip
PAPER = {**LIGHT, "band": "#ffffff", "ink": "#000000", "faint": "#333333", "line": "#c4c4c4"}


def css() -> str:
    """Light unless the reader's system is dark; `data-theme` on the root overrules it, and paper is
    always light."""
    return (
        f":root{{color-scheme:light dark;{_properties(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_properties(DARK)}}}}}\n"
        f':root[data-theme="light"]{{color-scheme:light;{_properties(LIGHT)}}}\n'
        f':root[data-theme="dark"]{{color-scheme:dark;{_properties(DARK)}}}\n'
        f"@media print{{:root,:root[data-theme]{{color-scheme:light;{_properties(PAPER)}}}}}\n"
    )


def _properties(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())
