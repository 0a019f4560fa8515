"""A trace as text and as SVG: what a reader looks for is there, in order."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from runner.report.trace import render
from runner.report.trace_svg import svg
from runner.trace.model import Timeline
from tests.trace.recorded import NAMES, traced

SVG = "{http://www.w3.org/2000/svg}"


def timeline(name: str) -> Timeline:
    found = traced(name).timeline
    assert found is not None
    return found


def test_the_figure_shows_the_wait_the_arrival_and_the_copy_in_this_order() -> None:
    text = render("mine (c)", [traced("select")])
    steps = [
        "pselect6 ─", ": blocks", "arrives", "◀─ pselect6 = 1",
        "recvfrom ─", "◀─ recvfrom = 9", "sendto ─",
    ]  # fmt: skip
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert text.startswith("mine (c): select\n")


def test_a_helper_has_its_place_and_the_news_comes_after_its_copy() -> None:
    text = render("mine (c)", [traced("posix_aio")])
    assert "read (helper, thread" in text
    assert text.index("◀─ read = 9") < text.index("means: it has been read")
    assert {step.lane for step in timeline("posix_aio").steps} == {
        "application", "helper", "kernel"
    }  # fmt: skip


def test_readiness_is_told_before_the_copy() -> None:
    text = render("mine (c)", [traced("sigio")])
    assert text.index("means: it can be read") < text.index("recvfrom ─")
    assert "rt_sigtimedwait = SIGRT_2" in text


def test_the_phases_are_those_of_the_clients_clock() -> None:
    for name in NAMES:
        shown = timeline(name)
        assert shown.request.replied is not None
        assert shown.began <= shown.arrived <= shown.request.replied
        assert shown.wait_ns == shown.arrived - shown.began
        assert 0 < shown.copy_ns < shown.wait_ns


def test_several_numbers_of_watched_connections_are_columns() -> None:
    one = traced("select")
    more = replace(one, conversation=replace(one.conversation, watched=100))
    heads = [line for line in render("mine (c)", [one, more]).splitlines() if "idle conn" in line]
    assert heads[-1].split()[-2:] == ["3", "100"]


@pytest.mark.parametrize("name", NAMES)
def test_a_narrow_terminal_gets_the_same_words(name: str) -> None:
    whole, narrow = render("mine (c)", [traced(name)]), render("mine (c)", [traced(name)], 80)
    figure = narrow.partition("at ms")[2].partition("idle connections")[0]
    assert max(map(len, figure.splitlines())) <= 80, figure
    assert max(map(len, narrow.splitlines())) <= 80
    for word in ("blocks", "arrives", "copies"):
        assert whole.count(word) == narrow.count(word), "nothing is cut"


def test_an_unknown_model_says_why() -> None:
    one = traced("select")
    odd = replace(one.classification, model="unknown", unclear="no rule matches; the nearest is x")
    assert "unknown: no rule matches; the nearest is x" in render(
        "mine", [replace(one, classification=odd)]
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_svg_is_whole_and_names_every_call(name: str) -> None:
    root = ET.fromstring(svg(f"{name} & <others>", timeline(name)))  # noqa: S314 - our own
    assert root.tag == f"{SVG}svg"
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert texts[0] == f"{name} & <others>"
    for step in timeline(name).steps:
        assert step.lane == "kernel" or step.call in texts
    phases = {element.text for element in root.iter(f"{SVG}text")} & {"wait", "copy"}
    assert phases >= {"wait"}


def test_lanes_are_drawn_only_for_those_who_are_there() -> None:
    assert ">helper<" not in svg("one", timeline("select"))
    assert ">helper<" in svg("one", timeline("posix_aio"))


def test_nothing_is_drawn_outside_of_the_figure() -> None:
    for name in NAMES:
        root = ET.fromstring(svg(name, timeline(name)))  # noqa: S314 - our own
        width, height = map(int, root.attrib["viewBox"].split()[2:])
        for line in root.iter(f"{SVG}line"):
            assert 0 <= int(line.attrib["x1"]) <= width
            assert 0 <= int(line.attrib["y1"]) <= height
