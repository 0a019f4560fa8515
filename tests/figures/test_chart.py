"""A chart: what it shows, what it says, and that a hostile name stays a name."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from runner.figures import lanes
from runner.figures.chart import BOTTOM, HEIGHT, Chart, Point, Series
from runner.figures.figure import draw
from runner.figures.paper import MARKERS, as_file, inline
from runner.figures.scale import Axis
from tests.figures.markup import SVG, of_class, parsed, words

HOSTILE = '"><script>alert(1)</script><a href="javascript:x">&amp;\u202e\x00]]>'
POINTS = tuple(
    Point(x, y, y * 0.8, y * 1.3, f"{x:g} idle: {y:g} req/s [{y * 0.8:g}, {y * 1.3:g}]")
    for x, y in ((0.0, 100_000.0), (900.0, 80_000.0), (10_000.0, 5_000.0))
)
CHART = Chart(
    "Requests beside idle connections",
    Axis("idle connections"),
    Axis("requests/s"),
    (
        Series("poll", POINTS, law=((900, 7e4), (10_000, 6e3)), law_says="k = 0.98"),
        Series("epoll", tuple(replace(p, y=p.y + 1) for p in POINTS)),
        Series("other", POINTS, quiet=True),
    ),
    note="bars: 99% intervals",
)


def test_it_is_a_file_with_a_name_a_description_and_its_own_style() -> None:
    root = parsed(as_file(draw(CHART)))
    assert root.tag == f"{SVG}svg"
    assert words(root.find(f"{SVG}title") or root).startswith(CHART.title)
    assert root.find(f"{SVG}desc") is not None
    assert "prefers-color-scheme:dark" in words(next(root.iter(f"{SVG}style")))


def test_each_mark_has_a_title() -> None:
    root = parsed(inline(draw(CHART)))
    titles = [each.text or "" for each in root.iter("title")]
    assert sorted(t for t in titles if t in {p.says for p in POINTS}) == sorted(
        2 * [p.says for p in POINTS]
    ), "every point of the lines that have a name"
    assert "poll: k = 0.98" in titles, "the fitted law"
    assert any(title.startswith("other: ") for title in titles), "the grey line as a whole"


def test_the_keyboard_stops_once_at_each_line_that_has_a_name() -> None:
    root = parsed(inline(draw(CHART)))
    stops = [each for each in root.iter() if each.get("tabindex") == "0"]
    titles = [words(each[0]) for each in stops]
    assert [title.partition(":")[0] for title in titles] == ["poll", "epoll"]
    assert all(point.says in titles[0] for point in POINTS)
    for each, title in zip(stops, titles, strict=True):
        (shown,) = of_class(each, "t")
        assert title.startswith((shown.text or "").rstrip("…")), "it says it above the figure"


def test_lines_differ_by_marker_and_by_the_name_at_their_end() -> None:
    root = parsed(inline(draw(CHART)))
    names = list(of_class(root, "n"))
    assert [each.text for each in names] == ["poll", "epoll"]
    places = sorted(float(each.get("y") or 0) for each in names)
    assert all(b - a >= 14 for a, b in pairwise(places)), "the ends are one pixel apart"
    assert len({each.get("href") for each in root.iter("use")}) == 2
    shapes = [each.get("d") for each in of_class(parsed(as_file(draw(CHART))), "k")]
    assert len(set(shapes)) == MARKERS


def test_intervals_are_drawn_and_one_that_reaches_zero_ends_at_the_axis() -> None:
    root = parsed(inline(draw(CHART)))
    assert len(list(of_class(root, "w"))) == 2 * len(POINTS) + 1
    odd = replace(CHART, series=(Series("odd", (replace(POINTS[1], low=-5.0),)),))
    (bar,) = of_class(parsed(inline(draw(odd))), "w")
    assert f" {HEIGHT - BOTTOM}V" in (bar.get("d") or "")


def test_markup_in_names_is_text() -> None:
    hostile = Chart(
        HOSTILE,
        Axis(HOSTILE),
        Axis(HOSTILE),
        (Series(HOSTILE, (replace(POINTS[1], says=HOSTILE),)),),
        note=HOSTILE,
    )
    lane = lanes.Lane(
        HOSTILE, (lanes.Box(HOSTILE, "blocked"), lanes.Box("x", "running")), HOSTILE, True, False
    )
    for drawing in (draw(hostile), draw(lanes.Lanes(HOSTILE, ("wait", HOSTILE), (lane,)))):
        for svg in (as_file(drawing), inline(drawing)):
            root = parsed(svg)
            tags = {each.tag.removeprefix(SVG) for each in root.iter()}
            assert tags <= {
                "svg",
                "title",
                "desc",
                "style",
                "defs",
                "rect",
                "g",
                "path",
                "text",
                "use",
            }
            assert not [n for each in root.iter() for n in each.attrib if n.startswith("on")]
            assert "\u202e" not in svg
            assert "<script>" in words(root), "it is shown, as text"
