"""The machine-readable reports: json, jsonl, csv. Pure."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from runner.claims.of_run import Ruled
from runner.judge import Verdict
from runner.judge.run import Run
from runner.records import json_line
from runner.report.answer import answers
from runner.report.columns import status
from runner.report.facts import tables_of_run
from runner.report.sanitize import quiet, unarmed
from runner.report.schema import FORMAT
from runner.report.summary_line import incompleteness
from runner.spec import METRICS
from runner.words.format import bound
from runner.words.verdict import notes, observed, pair, reason, title, why


def to_json(run: Run, claims: Ruled) -> str:
    """One object: environment, answers, verdicts, cells with medians and intervals, every trial."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "run": run.name,
        "incomplete": incompleteness(run),
        "changed": run.changed,
        "environment": dict(run.environment),
        "answers": [asdict(each) for each in answers(run, claims)],
        "evidence": [
            {"experiment": name, **asdict(table)}
            for name, tables in tables_of_run(run, claims).items()
            for table in tables
        ],
        "verdicts": [_verdict(verdict) for verdict in run.verdicts],
        "cells": [
            {
                "experiment": experiment.id,
                "cell": dict(summary.cell.values),
                "status": status(summary),
                "repeats": len(summary.sound),
                "medians": {
                    metric: summary.median(metric)
                    for metric, about in METRICS.items()
                    if about.is_number and summary.numbers(metric)
                },
                "intervals": {
                    metric: [interval.low, interval.high]
                    for metric, about in METRICS.items()
                    if about.is_number and (interval := summary.interval(metric))
                },
            }
            for experiment in run.experiments()
            for summary in run.cells(experiment)
        ],
        "trials": [json_line.to_json(measurement) for measurement in run.measurements],
    }
    return quiet(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def to_jsonl(run: Run) -> str:
    """One line a trial, as in `trials.jsonl`."""
    return "".join(
        quiet(json.dumps(json_line.to_json(measurement), ensure_ascii=False)) + "\n"
        for measurement in run.measurements
    )


def to_csv(run: Run) -> str:
    """One row a trial: its cell, its status, every metric in its unit of `kinds.METRICS`."""
    axes = list(dict.fromkeys(axis for m in run.measurements for axis, _ in m.cell.values))
    headings = [
        f"{name}_{about.unit.replace('/', '_per_')}" if about.unit else name
        for name, about in METRICS.items()
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heads = ["experiment", *axes, "repeat", "status", "reason", *headings]
    writer.writerow([unarmed(name) for name in heads])
    for m in run.measurements:
        writer.writerow(
            [
                unarmed(m.cell.experiment),
                *(_value(m.cell.get(axis)) for axis in axes),
                m.block + 1,
                str(m.status),
                unarmed(m.reason),
                *(_value(m.metrics.get(name, "")) for name in METRICS),
            ]
        )
    return text.getvalue()


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "experiment": verdict.experiment,
        "index": verdict.index,
        "sentence": title(verdict),
        "bound": bound(verdict.expectation),
        "points": verdict.points,
        "reason": reason(verdict),
        "not_run": [cell.name for cell in verdict.not_run],
        "left_out": [pair(sides) for sides in verdict.left_out],
        "outcome": str(verdict.outcome),
        "earned": verdict.earned,
        "noisy": verdict.noisy,
        "findings": [
            {
                "cell": dict(check.cell.values),
                "to": dict(check.to.values) if check.to else None,
                "outcome": str(check.outcome),
                "found": observed(verdict, check),
                "repeats": check.repeats,
                "interval": asdict(check.interval) if check.interval else None,
                "margin": check.margin,
                "noisy": bool(check.noise),
                "notes": its_notes,
                "reason": why(check),
            }
            for check, its_notes in zip(verdict.checks, notes(verdict), strict=True)
        ],
    }


def _value(value: float | str | None) -> float | str | None:
    return unarmed(value) if isinstance(value, str) else value
