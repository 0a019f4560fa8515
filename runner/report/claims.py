"""The claims with their rulings: all in short, one in full, or data. Pure."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from runner.claims import DECIDED, Belief, Claim, Ruling, Standing, words
from runner.claims.ruling import Table
from runner.report.fit import Sheet, fold, grid
from runner.report.sanitize import quiet

WIDTH = 100
INDENT = 19

Ruled = Sequence[tuple[Claim, Ruling]]


def overview(ruled: Ruled, width: int | None = None) -> str:
    """One block a claim: verdict, sentence, the seed's words, what decided, where to look."""
    blocks = [_block(claim, ruling, width) for claim, ruling in ruled]
    return "\n\n".join([*blocks, tally(ruling for _, ruling in ruled)]) + "\n"


def tally(rulings: Iterable[Ruling], says: Mapping[str, str] | None = None) -> str:
    """How many of each verdict, in the words of a language."""
    says = words("en") if says is None else says
    counts = Counter(ruling.standing for ruling in rulings)
    return says["comma"].join(f"{counts[s]} {says[s]}" for s in Standing if counts[s]) or "–"


def detail(claim: Claim, ruling: Ruling, width: int | None = None) -> str:
    """The whole evidence for one claim."""
    text = claim.text()
    change = "; ".join(
        f"{verdict} if {'; or '.join(said)}" for verdict, said in text.conditions.items()
    )
    said = (
        ("Definition", text.definition),
        ("Sources", "; ".join(claim.references)),
        ("What was done", text.did),
        ("Verdict", f"{ruling.standing}. {ruling.because}"),
        ("How sure", ruling.confidence),
        ("What would change the verdict", change),
        ("Caveat", text.caveat),
        ("Read", ", ".join(claim.see)),
        ("Again", command(claim)),
    )
    parts = [
        _block(claim, ruling, width),
        *(
            textwrap.fill(
                f"{heading}: {words}",
                _page(width),
                subsequent_indent="  ",
                break_on_hyphens=False,
            )
            for heading, words in said
            if words
        ),
        *(
            "\n".join([*fold([table.title], width), "", _drawn(table, width)])
            for table in ruling.tables
        ),
    ]
    return "\n\n".join(parts) + "\n"


def came_from(ruling: Ruling) -> str:
    """The runs whose measurements the verdict rests on."""
    return f"measured in: {', '.join(ruling.sources)}"


def command(claim: Claim | Belief) -> str:
    """What gathers the evidence anew: one command for each spec."""
    return " && ".join(
        f"runner run {spec} " + " ".join(f"--filter {each}" for each in experiments)
        for spec, experiments in claim.specs.items()
    )


def to_data(ruled: Ruled) -> str:
    """JSON: a list with one object a claim. `sources` are runs, `references` books and pages."""
    rows = []
    for claim, ruling in ruled:
        text = asdict(claim.text())
        rows.append(
            {
                "id": claim.id,
                "says": text.pop("says"),
                "seed": claim.seed,
                **{k: v for k, v in asdict(ruling).items() if k not in ("plots", "tables")},
                **text,
                "references": claim.references,
                "again": command(claim),
                "tables": [asdict(table) for table in ruling.tables],
            }
        )
    return quiet(json.dumps(rows, ensure_ascii=False, indent=2)) + "\n"


def _drawn(table: Table, width: int | None) -> str:
    """Where it is too wide, each row is a block of lines: evidence loses no column."""
    count = len(table.head)
    sheet = Sheet(table.head, table.rows, [True] * count, [0] * count, listed=0)
    return grid(sheet, width=width)


def _page(width: int | None) -> int:
    """As wide as the terminal, and no wider than a line that is easily read."""
    return WIDTH if width is None else max(2 * INDENT, min(WIDTH, width))


def _block(claim: Claim, ruling: Ruling, width: int | None) -> str:
    room = _page(width) - INDENT
    first, *rest = textwrap.wrap(claim.says, room)
    lines = [f"{claim.id:<5}{ruling.standing:<14}{first}", *(" " * INDENT + line for line in rest)]
    if claim.seed:
        lines.append(" " * INDENT + claim.seed)
    why = ruling.because if ruling.figure == "–" else f"{ruling.figure} ({ruling.confidence})"
    lines += [" " * INDENT + line for line in textwrap.wrap(why, room)]
    if ruling.sources:
        lines += [" " * INDENT + line for line in textwrap.wrap(came_from(ruling), room)]
    where = f"runner claims {claim.id}; {', '.join(claim.see)}"
    if ruling.standing not in DECIDED:
        where = command(claim)
    lines += [" " * INDENT + line for line in textwrap.wrap(where, room, break_on_hyphens=False)]
    return "\n".join(lines)
