"""The page of all claims that people link to, in Markdown: one for each language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tabulate import tabulate

from runner.claims import CLAIMS, DECIDED, Claim, Lanes, Plot, Ruling, Standing, Table, title, words
from runner.report.claims import Ruled, command, tally
from runner.report.plots import to_svg

ORIGINAL = "en"
"""The language of the rules: their reasons are sentences in it."""

SYSTEM = "S"
"""How the ids of systems begin: they stand in one table."""


def plots_of(ruled: Ruled) -> dict[str, str]:
    """SVG by file name; a plot that several claims show is one file."""
    named: dict[str, Plot | Lanes] = {}
    for claim, ruling in ruled:
        for number, plot in enumerate(ruling.plots, 1):
            if plot not in named.values():
                named[_plot_name(claim.id, number)] = plot
    return {name: to_svg(plot) for name, plot in named.items()}


def is_plot_name(name: str) -> bool:
    """Whether a page writes a file of this name."""
    claim, _, number = name.removesuffix(".svg").partition("-")
    known = claim.upper() in CLAIMS and number.isascii() and number.isdigit()
    return known and name == _plot_name(claim, int(number[:9]))


def page(
    ruled: Ruled, environment: Mapping[str, Any], folder: str, other: str, language: str = ORIGINAL
) -> str:
    """`folder` holds the plots and `other` is the page in the other language, as links name
    them."""
    says = words(language)
    sources = [each.partition(" ") for _, ruling in ruled for each in ruling.sources]
    runs = dict.fromkeys(run for run, _, _why_not_whole in sources)
    book = _Book(language, folder, one_run=len(runs) == 1)
    claims = [(c, r) for c, r in ruled if not c.id.startswith(SYSTEM)]
    systems = [(c, r) for c, r in ruled if c.id.startswith(SYSTEM)]
    parts = [f"[{says['other']}]({other})", f"# {says['title']}", says["preface"].strip()]
    parts += [_contents(ruled, language), machine_table(environment, runs, says)]
    for claim, ruling in claims:
        parts += book.section(claim, ruling)
    if systems:
        parts.append(_systems(systems, language))
    return "\n\n".join(parts) + "\n"


@dataclass(slots=True)
class _Book:
    """The sections of one page, each table and plot in the first that shows it."""

    language: str
    folder: str
    one_run: bool
    tables: dict[str, tuple[str, Table]] = field(default_factory=dict)
    plots: dict[str, tuple[str, Plot | Lanes]] = field(default_factory=dict)

    def section(self, claim: Claim, ruling: Ruling) -> Iterator[str]:
        text, says = claim.text(self.language), words(self.language)
        yield f'## <a id="{_anchor(claim)}"></a>{claim.id}{says["colon"]}{text.says}'
        if claim.seed:
            yield f"> {claim.seed} ([{says['in_seed']}](seed.md#{_anchor(claim)}))"
        yield f"**{_verdict(ruling.standing, says)}** {_reason(claim, ruling, self.language)}"
        shown, linked = self._evidence(claim, ruling)
        yield "\n".join(
            f"- **{says[label]}**{says['colon']}{said}"
            for label, said in self._facts(claim, ruling, linked)
        )
        yield from shown

    def _facts(
        self, claim: Claim, ruling: Ruling, linked: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        text, says = claim.text(self.language), words(self.language)
        if ruling.figure != "–":
            yield "decided", f"{ruling.figure} ({ruling.confidence})"
        if ruling.sources and not self.one_run:
            yield "measured_in", ", ".join(ruling.sources)
        yield (
            "definition",
            f"{text.definition}{says['sources'].format(sources='; '.join(claim.references))}",
        )
        yield "did", text.did
        yield (
            "change",
            says["and"].join(
                says["if"].format(verdict=says[standing], condition=says["or"].join(met))
                for standing, met in text.conditions.items()
            ),
        )
        yield "caveat", text.caveat
        code = ", ".join(f"[{each}](../{each})" for each in claim.see)
        yield "again", says["again_by"].format(command=f"`{command(claim)}`", code=code)
        if linked:
            yield "evidence", ", ".join(linked)

    def _evidence(self, claim: Claim, ruling: Ruling) -> tuple[list[str], list[str]]:
        """What this section shows, and links to what an earlier one shows."""
        shown, linked = [], []
        for number, plot in enumerate(ruling.plots, 1):
            first = next((c for c, p in self.plots.values() if p == plot), None)
            if first is not None:
                linked.append(self._link(plot.title, first, f"#{first.lower()}"))
                continue
            name = _plot_name(claim.id, number)
            self.plots[name] = claim.id, plot
            shown.append(f"![{title(self.language, plot.title)}]({self.folder}/{name})")
        for number, table in enumerate(ruling.tables, 1):
            at = next((a for a, (_, earlier) in self.tables.items() if _within(table, earlier)), "")
            if at:
                linked.append(self._link(table.title, self.tables[at][0], f"#{at}"))
                continue
            anchor = f"{_anchor(claim)}-table-{number}"
            self.tables[anchor] = claim.id, table
            heading = f'<a id="{anchor}"></a>**{title(self.language, table.title)}**'
            shown.append(f"{heading}\n\n{_markdown(table)}")
        return shown, list(dict.fromkeys(linked))

    def _link(self, english: str, claim: str, target: str) -> str:
        at = words(self.language)["at"].format(title=title(self.language, english), claim=claim)
        return f"[{at}]({target})"


def _plot_name(claim: str, number: int) -> str:
    return f"{claim.lower()}-{number}.svg"


def _anchor(claim: Claim) -> str:
    return claim.id.lower()


def _within(table: Table, earlier: Table) -> bool:
    """Whether a reader of the earlier table has seen every row of this one."""
    same = (table.title, table.head) == (earlier.title, earlier.head)
    return same and set(table.rows) <= set(earlier.rows)


def _verdict(standing: Standing, says: Mapping[str, str]) -> str:
    """A verdict's word; beside another language's the one that commands print."""
    word = says[standing]
    return f"{word}." if word == standing else f"{word}（{standing}）"


def _reason(claim: Claim, ruling: Ruling, language: str) -> str:
    """The rule's sentence; in another language than the rules' the condition that was met."""
    says = words(language)
    if ruling.standing not in DECIDED:
        again = says["run_this"].format(command=f"`{command(claim)}`")
        return f"{ruling.because.rstrip('.')}. {again}"
    if language == ORIGINAL:
        return ruling.because
    said = claim.text(language).conditions[ruling.standing]
    return says["and"].join(said[number] for number in ruling.met) + says["stop"]


def _contents(ruled: Ruled, language: str) -> str:
    says = words(language)
    rows = [
        (
            f"[{claim.id}](#{_anchor(claim)})",
            says[ruling.standing],
            _cell(claim.text(language).says),
        )
        for claim, ruling in ruled
    ]
    counted = tally((ruling for _, ruling in ruled), says)
    table = tabulate(rows, ("", says["verdict"], says["claim"]), tablefmt="pipe")
    return f"## {says['verdicts']}\n\n{counted}\n\n{table}"


def machine_table(
    environment: Mapping[str, Any], runs: Iterable[str], says: Mapping[str, str]
) -> str:
    """Where and when it was measured, under its heading."""
    host, engine = environment.get("host", {}), environment.get("engine", {})
    memory = int(host.get("memory_bytes") or 0) / (1 << 30)
    facts = [
        ("kernel", f"{host.get('kernel')} ({host.get('machine')})"),
        ("cpu", f"{len(host.get('cpus') or [])} × {host.get('cpu')}"),
        ("memory", f"{memory:.1f} GiB"),
        ("engine", f"{engine.get('name')}; {'; '.join(engine.get('lacks') or ['lacks nothing'])}"),
        ("python", str(host.get("python"))),
        ("revision", str(host.get("git"))),
        ("started", str(environment.get("started"))),
        ("runs", ", ".join(runs) or "–"),
    ]
    rows = [(says[name], fact) for name, fact in facts]
    return f"## {says['machine']}\n\n" + tabulate(rows, ("", ""), tablefmt="github")


def _systems(systems: Ruled, language: str) -> str:
    says = words(language)
    head = ("", says["name"], says["verdict"], says["labs"], says["trials"], says["note"])
    rows = []
    for claim, ruling in systems:
        text = claim.text(language)
        name = f'<a id="{_anchor(claim)}"></a>[{claim.id}](seed.md#{_anchor(claim)})'
        ran = sum(int(row[2]) for table in ruling.tables for row in table.rows)
        labs = _cell(ruling.figure)
        note = text.caveat
        if ruling.standing is not Standing.RUNS or any(
            each not in ruling.figure for each in _labs(claim)
        ):
            again = says["run_this"].format(command=f"`{command(claim)}`")
            note = f"{_cell(ruling.because)} {again}"
        rows.append((name, text.says, says[ruling.standing], labs, str(ran or "–"), note))
    about = says["systems_about"]
    return f"## {says['systems']}\n\n{about}\n\n" + tabulate(
        rows, head, tablefmt="pipe", disable_numparse=True
    )


def _labs(claim: Claim) -> list[str]:
    return [each.removeprefix("labs/") for each in claim.see]


def _markdown(table: Table) -> str:
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    return tabulate(rows, headers=table.head, tablefmt="github", disable_numparse=True)


def _cell(text: str) -> str:
    """A bar would end the cell."""
    return text.replace("|", "\\|")
