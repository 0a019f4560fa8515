"""The claims with their rulings: all in short, one in full, or a page. Pure."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

from runner.claims import CLAIMS, Claim, Ruling, Standing, Table
from runner.report.plot import to_svg
from runner.report.sanitize import quiet

WIDTH = 100
INDENT = 19

Ruled = Sequence[tuple[Claim, Ruling]]


def overview(ruled: Ruled, width: int | None = None) -> str:
    """One block a claim: verdict, sentence, the seed's words, what decided, where to look."""
    blocks = [_block(claim, ruling, width) for claim, ruling in ruled]
    return "\n\n".join([*blocks, tally(ruling for _, ruling in ruled)]) + "\n"


def tally(rulings: Iterable[Ruling]) -> str:
    counts = Counter(ruling.standing for ruling in rulings)
    return ", ".join(f"{counts[each]} {each}" for each in Standing if counts[each]) or "no claims"


def detail(claim: Claim, ruling: Ruling, width: int | None = None) -> str:
    """The whole evidence for one claim."""
    parts = [
        _block(claim, ruling, width),
        *(
            textwrap.fill(f"{heading}: {text}", _page(width), subsequent_indent="  ")
            for heading, text in (
                ("What was done", claim.did),
                ("Verdict", f"{ruling.standing}. {ruling.because}"),
                ("How sure", ruling.confidence),
                ("Caveat", claim.caveat),
                ("Read", ", ".join(claim.see)),
                ("Again", repeat(claim)),
            )
        ),
        *(f"{table.title}\n\n{_shown(table, 'simple')}" for table in ruling.tables),
    ]
    return "\n\n".join(parts) + "\n"


def came_from(ruling: Ruling) -> str:
    """The runs whose measurements the verdict rests on."""
    return f"measured in: {', '.join(ruling.sources)}"


def repeat(claim: Claim) -> str:
    """The one command that gathers the evidence anew."""
    filters = " ".join(f"--filter {each}" for each in claim.experiments)
    return f"runner run experiments.yaml {filters}"


def to_data(ruled: Ruled) -> str:
    """JSON: a list with one object a claim."""
    rows = [
        {
            "id": claim.id,
            "says": claim.says,
            "seed": claim.seed,
            **{k: v for k, v in asdict(ruling).items() if k not in ("plots", "tables")},
            "tables": [asdict(table) for table in ruling.tables],
        }
        for claim, ruling in ruled
    ]
    return quiet(json.dumps(rows, ensure_ascii=False, indent=2)) + "\n"


def page(ruled: Ruled, environment: Mapping[str, Any], plots: str) -> tuple[str, dict[str, str]]:
    """The page that people link to, in Markdown, and its plots as SVG by file name. `plots` is the
    folder they will be in, as the page names it."""
    files: dict[str, str] = {}
    parts = [_PREFACE, _environment(environment), _contents(ruled)]
    for claim, ruling in ruled:
        parts.append(f'<a id="{claim.id.lower()}"></a>\n\n## {claim.id}: {claim.says}')
        if claim.seed:
            parts.append(f"> {claim.seed}")
        parts.append(f"**{ruling.standing}.** {ruling.because}")
        facts = [
            ("decided by", ruling.figure),
            ("how sure", ruling.confidence),
            ("measured in", ", ".join(ruling.sources) or "–"),
            ("what was done", claim.did),
            ("caveat", claim.caveat),
            ("read", ", ".join(f"[{each}](../{each})" for each in claim.see)),
        ]
        parts.append(tabulate([(a, _cell(b)) for a, b in facts], ("", ""), tablefmt="github"))
        parts.append(f"```sh\n.venv/bin/{repeat(claim)}\n```")
        for number, plot in enumerate(ruling.plots, 1):
            name = plot_name(claim.id, number)
            files[name] = to_svg(plot)
            parts.append(f"![{plot.title}]({plots}/{name})")
        parts += [f"**{each.title}**\n\n{_shown(each, 'github')}" for each in ruling.tables]
    return "\n\n".join(parts) + "\n", files


def plot_name(claim: str, number: int) -> str:
    return f"{claim.lower()}-{number}.svg"


def is_plot_name(name: str) -> bool:
    """Whether a page writes a file of this name."""
    claim, _, number = name.removesuffix(".svg").partition("-")
    known = claim.upper() in CLAIMS and number.isascii() and number.isdigit()
    return known and name == plot_name(claim, int(number[:9]))


_PREFACE = """# The seed's claims, put to the test

This page is generated from one run: `runner claims -o docs/claims.md`. Every verdict is computed
from measurements, by rules that see nothing else ([runner/claims](../runner/claims)); on another
kernel, or with another lab, it may be another one. What can be compared are shapes and ratios: a
time is that machine's, at that minute.

SUPPORTED: as it is said. NUANCED: under conditions that the evidence names. REFUTED: the evidence
is against it."""


def _environment(environment: Mapping[str, Any]) -> str:
    host, engine = environment.get("host", {}), environment.get("engine", {})
    memory = int(host.get("memory_bytes") or 0) / (1 << 30)
    facts = [
        ("kernel", f"{host.get('kernel')} ({host.get('machine')})"),
        ("CPU", f"{len(host.get('cpus') or [])} × {host.get('cpu')}"),
        ("memory", f"{memory:.1f} GiB"),
        ("engine", f"{engine.get('name')}; {'; '.join(engine.get('lacks') or ['lacks nothing'])}"),
        ("Python", str(host.get("python"))),
        ("revision", str(host.get("git"))),
        ("started", str(environment.get("started"))),
    ]
    return "## The machine\n\n" + tabulate(facts, ("", ""), tablefmt="github")


def _contents(ruled: Ruled) -> str:
    rows = [
        (f"[{claim.id}](#{claim.id.lower()})", ruling.standing, _cell(claim.says))
        for claim, ruling in ruled
    ]
    counted = tally(ruling for _, ruling in ruled)
    table = tabulate(rows, ("", "verdict", "what is said"), tablefmt="github")
    return f"## Verdicts\n\n{counted}.\n\n{table}"


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
    if ruling.standing in (Standing.NO_EVIDENCE, Standing.SKIP, Standing.INCONCLUSIVE):
        where = repeat(claim)
    lines += [" " * INDENT + line for line in textwrap.wrap(where, room)]
    return "\n".join(lines)


def _shown(table: Table, style: str) -> str:
    rows = [[_cell(cell) if style == "github" else cell for cell in row] for row in table.rows]
    return tabulate(rows, headers=table.head, tablefmt=style, disable_numparse=True)


def _cell(text: str) -> str:
    """A bar would end the cell."""
    return text.replace("|", "\\|")
