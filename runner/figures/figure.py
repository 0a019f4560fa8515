"""Every form of a figure, and its drawing. Pure."""

from __future__ import annotations

from runner.figures import bars, chart, dots, lanes, quadrants
from runner.figures.bars import Bars
from runner.figures.chart import Chart
from runner.figures.dots import Dots
from runner.figures.lanes import Lanes
from runner.figures.paper import Drawing
from runner.figures.quadrants import Quadrants

Figure = Chart | Dots | Bars | Quadrants | Lanes


def draw(figure: Figure) -> Drawing:
    match figure:
        case Chart():
            return chart.draw(figure)
        case Dots():
            return dots.draw(figure)
        case Bars():
            return bars.draw(figure)
        case Quadrants():
            return quadrants.draw(figure)
        case Lanes():
            return lanes.draw(figure)
