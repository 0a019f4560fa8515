"""A baseline: the ratios of one run, small enough to be committed, to be held on any machine. Pure.

What it holds has no unit: a cell's figure over that of another cell, in the same block.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.compare.side import MeasuredCell, Side
from runner.spec import METRICS, RENAMED
from runner.untrusted import UntrustedError, parsed_object

_CONFIG = ConfigDict(extra="forbid", defer_build=True)
SIZE_MAX = 16 << 20


class BaselineError(Exception):
    """A file that is no baseline; the text says what is wrong with it."""


class BaselineCell(BaseModel):
    """One cell, against the reference of its experiment."""

    model_config = _CONFIG

    experiment: str
    cell: str
    conditions: dict[str, Any]
    """What must agree for its ratios to be comparable."""
    ratios: dict[str, list[Annotated[float, Field(gt=0, allow_inf_nan=False)]]]
    """By metric, one for each block."""
    facts: dict[str, str] = {}


class Baseline(BaseModel):
    """The ratios of one run."""

    model_config = _CONFIG

    format: Literal[1]
    kind: Literal["iolab-baseline"]
    about: dict[str, Any]
    """The run that it was made from."""
    engine: str
    references: dict[str, str]
    """By experiment, the cell that the ratios are to."""
    cells: list[BaselineCell]


def write_baseline(side: Side) -> str:
    """JSON text; six digits of each ratio, which is more than any repeat has."""
    document = Baseline(
        format=1,
        kind="iolab-baseline",
        about=dict(side.about),
        engine=side.engine,
        references=dict(side.references),
        cells=[
            BaselineCell(
                experiment=measured.experiment,
                cell=measured.cell,
                conditions=dict(measured.conditions),
                ratios={
                    metric: [float(f"{value:.6g}") for _, value in sorted(samples.items())]
                    for metric, samples in measured.samples.items()
                    if samples and min(samples.values()) > 0
                },
                facts=dict(measured.facts),
            )
            for measured in side.cells.values()
            if measured.samples or measured.facts
        ],
    )
    return document.model_dump_json(indent=1) + "\n"


def read_baseline(text: bytes | str, name: str) -> Side:
    """Raises BaselineError."""
    make = f"make one by: runner baseline RUN -o {name}"
    try:
        baseline = Baseline.model_validate(
            parsed_object(text, SIZE_MAX, one_line=True), strict=True
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise BaselineError(f"{name} is no baseline: {where}: {first['msg']}; {make}") from None
    except UntrustedError as error:
        raise BaselineError(f"{name} is no baseline: it {error}; {make}") from None
    for cell in baseline.cells:
        cell.ratios = {RENAMED.get(name, name): values for name, values in cell.ratios.items()}
    unknown = {metric for cell in baseline.cells for metric in cell.ratios if metric not in METRICS}
    if unknown:
        raise BaselineError(f"{name}: {min(unknown)} is no metric of this runner")
    cells = {
        (cell.experiment, cell.cell): MeasuredCell(
            cell.experiment,
            cell.cell,
            cell.conditions,
            {metric: dict(enumerate(values)) for metric, values in cell.ratios.items()},
            cell.facts,
        )
        for cell in baseline.cells
    }
    return Side(name, {}, baseline.engine, cells, True, baseline.references, baseline.about)
