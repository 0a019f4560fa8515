"""The beliefs with what was measured instead: as text, data, and a Markdown page. Pure."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tabulate import tabulate

from runner.claims import DECIDED, Belief, Ruling, Standing, words
from runner.report.claims import came_from, command
from runner.report.claims_page import machine_table
from runner.report.sanitize import quiet

WIDTH = 100

Answers = Sequence[tuple[Belief, Ruling]]

PREFACE = """\
Each section has a belief about I/O models, and what was measured instead. Predict the answer,
then run the experiment. `runner claims --misunderstandings -o PAGE` writes this page: rules that
see nothing but measurements compute every answer ([beliefs.py](../runner/claims/beliefs.py)).
`make claims` measures everything again and writes it anew. Terms are in
[the glossary](glossary.md).

REFUTED: the measurements contradict the belief. NUANCED: the belief holds under a condition, which
the answer names. SUPPORTED: here it holds. INCONCLUSIVE, NO EVIDENCE: no valid measurement decides,
and the command shows which to make."""


def beliefs_text(answers: Answers, width: int | None = None) -> str:
    """One block a belief: verdict, belief, the measured answer, the caveat, the command."""
    room = WIDTH if width is None else max(40, min(WIDTH, width))
    blocks = []
    for belief, ruling in answers:
        head = f"{belief.id:<5}{ruling.standing:<14}{belief.says}"
        said = [_answer(ruling)]
        if ruling.standing in DECIDED:
            said.append(f"but: {belief.but}")
        if ruling.sources:
            said.append(came_from(ruling))
        said.append(command(belief))
        lines = [line for each in said for line in textwrap.wrap(each, room - 5)]
        blocks.append("\n".join([*textwrap.wrap(head, room), *(f"     {line}" for line in lines)]))
    return "\n\n".join([*blocks, _tally(answers)]) + "\n"


def beliefs_data(answers: Answers) -> str:
    """JSON: a list with one object a belief."""
    rows = [
        {
            "id": belief.id,
            "says": belief.says,
            "heard": belief.heard,
            "standing": ruling.standing,
            "figure": ruling.figure,
            "confidence": ruling.confidence,
            "because": ruling.because,
            "but": belief.but,
            "sources": ruling.sources,
            "again": command(belief),
        }
        for belief, ruling in answers
    ]
    return quiet(json.dumps(rows, ensure_ascii=False, indent=2)) + "\n"


def beliefs_page(answers: Answers, environment: Mapping[str, Any]) -> str:
    runs = dict.fromkeys(
        run for _, ruling in answers for run, _, _ in (s.partition(" ") for s in ruling.sources)
    )
    contents = tabulate(
        [
            (f"[{belief.id}](#{belief.id.lower()})", ruling.standing, belief.says)
            for belief, ruling in answers
        ],
        ("", "verdict", "belief"),
        tablefmt="pipe",
    )
    parts = [
        "# Misunderstandings that measurement settles",
        PREFACE,
        f"## Verdicts\n\n{_tally(answers)}\n\n{contents}",
        machine_table(environment, runs, words("en")),
        *(part for belief, ruling in answers for part in _section(belief, ruling)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(belief: Belief, ruling: Ruling) -> Iterator[str]:
    yield f'## <a id="{belief.id.lower()}"></a>{belief.id}: "{belief.says}"'
    label = "Measured" if ruling.standing in DECIDED else "Not decided"
    facts = [("People believe it", f"{belief.heard}."), (label, _answer(ruling))]
    if ruling.standing in DECIDED:
        facts.append(("But", f"{belief.but}."))
    if ruling.sources:
        facts.append(("Measured in", ", ".join(ruling.sources)))
    read = ", ".join(f"[{each}](../{each})" for each in belief.see)
    facts.append(("Again", f"`{command(belief)}`; read {read}"))
    yield f"**{ruling.standing}.**"
    yield "\n".join(f"- **{name}**: {said}" for name, said in facts)


def _answer(ruling: Ruling) -> str:
    """What decided, with how sure it is, and the sentence; of a fact they are one."""
    if ruling.figure == "–":
        return ruling.because
    if ruling.because == f"{ruling.figure}.":
        return f"{ruling.figure} ({ruling.confidence})."
    return f"{ruling.because} {ruling.figure} ({ruling.confidence})."


def _tally(answers: Answers) -> str:
    counts = Counter(ruling.standing for _, ruling in answers)
    return ", ".join(f"{counts[each]} {each}" for each in Standing if counts[each])
