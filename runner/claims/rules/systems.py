"""S1 to S7: which labs stand for what the seed names, and whether they ran here."""

from __future__ import annotations

from runner.claims.claim import Rule
from runner.claims.evidence import Evidence
from runner.claims.ruling import NotShownError, Ruling, Standing, Table


def runs(*labs: str) -> Rule:
    """A rule: was each of these labs measured here, in which languages, how often?"""

    def rule(evidence: Evidence) -> Ruling:
        rows, absent, why = [], [], None
        for lab in labs:
            try:
                trials = evidence.ran(lab=lab)
            except NotShownError as reason:
                absent.append(lab)
                why = why or reason
                continue
            languages = sorted({str(m.cell.get("language")) for m in trials})
            experiments = sorted({m.cell.experiment for m in trials})
            rows.append((lab, " and ".join(languages), str(len(trials)), ", ".join(experiments)))
        if why is not None and not rows:
            raise why
        figure = ", ".join(f"{row[0]} ({row[1]})" for row in rows)
        trials_made = sum(int(row[2]) for row in rows)
        because = "Measured here." if not absent else f"Not run here: {', '.join(absent)}."
        head = ("lab", "languages", "trials", "experiments")
        table = Table("What ran here", head, tuple(rows))
        confidence = f"{trials_made} trials"
        return Ruling(Standing.RUNS, figure, confidence, because, (table,))

    return rule
