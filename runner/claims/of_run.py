"""What one run says of the claims that its experiments are evidence for. Pure.

Computed once where a run ends, or where it is read, and passed on to every report.
"""

from __future__ import annotations

from collections.abc import Mapping

from runner.claims import CLAIMS, Claim, Ruling, Source, measured_whole, rule
from runner.judge import comparisons
from runner.judge.run import Run

Ruled = Mapping[str, tuple[Claim, Ruling]]
"""By the claim's id."""


def ruled(run: Run) -> Ruled:
    """By this run alone, and no other evidence."""
    named = {claim for experiment in run.experiments() for claim in experiment.claims}
    if not named:
        return {}
    source = Source(
        run=run.name,
        measurements=tuple(run.measurements),
        comparisons=comparisons(run.suite, {m.cell for m in run.measurements}),
        whole=measured_whole(run.suite, run.measurements),
    )
    known = [CLAIMS[claim] for claim in CLAIMS if claim in named]
    return {claim.id: (claim, rule(claim, [source])) for claim in known}
