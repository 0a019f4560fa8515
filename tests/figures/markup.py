"""A figure as its reader's browser takes it apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

from runner.figures.letters import room

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - it was made by the test


def of_class(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in root.iter() if name in (each.get("class") or "").split())


def words(element: ET.Element) -> str:
    return "".join(element.itertext())


def touching(root: ET.Element, axis: str) -> list[str]:
    """Names of an axis' marks that touch each other: those across are centred, those upward end at
    the axis."""
    marks = of_class(root, f"t{axis}")
    placed = sorted((float(each.get(axis) or 0), words(each)) for each in marks)
    return [
        f"{one} {other}"
        for (a, one), (b, other) in pairwise(placed)
        if b - a < ((room(one) + room(other)) / 2 if axis == "x" else 12)
    ]
