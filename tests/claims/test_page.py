"""`runner claims`: what a user sees, and the page that is checked in."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runner import machine
from runner.claims import CLAIMS, LANGUAGES, Claim, Ruling, rulings, title, words
from runner.cli import cli
from runner.cli.exit_codes import Exit
from runner.paths import ROOT
from runner.records.outcome import Status
from runner.report.claims import command, detail, overview
from runner.report.claims_page import page, plots_of
from runner.report.fit import wide
from runner.results import RunFolder
from runner.spec import load
from runner.spec.claims import CLAIMS as IDS
from tests.claims.telling import measurements
from tests.claims.world import World
from tests.figures.markup import parsed, touching

PAGE = ROOT / "docs" / "claims.md"
ALL = ("all",)


def a_run(results: Path, probes: Collection[str] = ALL, **host: object) -> RunFolder:
    """A run of everything, or of some probes."""
    folder = RunFolder(results / "20260101T000000-x")
    folder.path.mkdir(parents=True)
    about = {"format": 1, "host": {**machine.gather(), **host}, "engine": {"name": "fake"}}
    folder.write("run.json", json.dumps(about))
    for measurement in measurements(World()):
        if probes is ALL or measurement.cell.get("probe") in probes:
            folder.append(measurement)
    return folder


def claims(*words: str) -> Result:
    return CliRunner().invoke(cli, ["claims", *words], standalone_mode=False)


def test_every_id_of_a_spec_has_a_row() -> None:
    assert set(CLAIMS) == set(IDS)
    assert len(CLAIMS) == 37


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_each_row_leads_somewhere(claim: object) -> None:
    found = CLAIMS[claim.id]  # type: ignore[attr-defined]
    assert all((ROOT / each).exists() for each in found.see)
    if found.id[0] in "CS":
        assert re.search(r"[\u4e00-\u9fff]|select|poll|aplay", found.seed)


def test_what_to_run_again_exists() -> None:
    """Every spec of a claim is one that `make claims` finds, and no two have an id in common."""
    files = sorted((ROOT / "labs").rglob("*.yaml"))
    homework, landmarks = ROOT / "labs" / "homework", ROOT / "labs" / "landmarks"
    evidence = [f for f in files if not (f.is_relative_to(homework) or f.is_relative_to(landmarks))]
    specs = [ROOT / "experiments.yaml", *evidence]
    known = {
        spec.relative_to(ROOT).as_posix(): [each.id for each in load(spec, labs=False).experiments]
        for spec in specs
    }
    every = [each for ids in known.values() for each in ids]
    assert len(set(every)) == len(every)
    for claim in CLAIMS.values():
        for spec, experiments in claim.specs.items():
            assert set(experiments) <= set(known[spec]), claim.id


def test_the_table_and_one_claim(tmp_path: Path) -> None:
    a_run(tmp_path)
    table = claims("--results", str(tmp_path))
    assert table.exception is None
    for claim in CLAIMS.values():
        assert re.search(
            rf"^{claim.id} +[A-Z ]+ {re.escape(claim.says[:20])}", table.output, re.MULTILINE
        )
        assert claim.seed in table.output
    one = claims("c8", "--results", str(tmp_path))
    assert "C8   NUANCED" in one.output
    assert "Again: runner run experiments.yaml --filter descriptor-1024" in one.output
    assert "corrupted" in one.output


def test_the_overview_fits_a_narrow_terminal() -> None:
    ruled = rulings(measurements(World()))
    lines = [line for line in overview(ruled, 80).splitlines() if line.isascii()]
    assert max(map(len, lines)) <= 80
    assert max(map(len, overview(ruled).splitlines())) > 80


def test_all_evidence_of_a_claim_fits_a_narrow_terminal_and_loses_nothing() -> None:
    for claim, ruling in rulings(measurements(World())):
        shown = detail(claim, ruling, 80)
        again = command(claim)
        lines = [line for line in shown.replace(again, "").splitlines() if line.isascii()]
        assert max(map(wide, lines)) <= 80, (claim.id, max(lines, key=wide))
        words = {word.rstrip(";") for word in shown.split()}
        for table in ruling.tables:
            cells = {
                word.rstrip(";") for row in table.rows for each in row for word in each.split()
            }
            assert cells - {"–"} <= words, claim.id
        assert set(again.split()) <= words, "a command can be copied word by word"


def test_the_same_verdicts_whenever_they_are_asked_for(tmp_path: Path) -> None:
    a_run(tmp_path)
    first = claims("--json", "--results", str(tmp_path)).output
    assert [claims("--json", "--results", str(tmp_path)).output for _ in range(2)] == [first] * 2
    assert {row["id"] for row in json.loads(first)} == set(CLAIMS)


@pytest.mark.parametrize("name", ["kernel", "boot", "cpu"])
def test_evidence_of_another_machine_is_not_fresh(tmp_path: Path, name: str) -> None:
    folder = a_run(tmp_path, ALL, **{name: "another"})
    fresh = claims("C8", "--results", str(tmp_path))
    assert "NO EVIDENCE" in fresh.output
    assert "no fresh evidence on this machine" in fresh.stderr
    asked = claims("C8", "--run", str(folder.path))
    assert "C8   NUANCED" in asked.output
    assert f"is not fresh evidence for this machine: {name} was another" in asked.stderr


def test_the_newest_evidence_of_each_experiment_counts(tmp_path: Path) -> None:
    a_run(tmp_path)
    newer = RunFolder(tmp_path / "20260102T000000-x")
    newer.path.mkdir()
    about = {"format": 1, "host": machine.gather(), "engine": {"name": "fake"}}
    newer.write("run.json", json.dumps(about))
    otherwise = World(fd_1024={"raw": "wrong", "plain": "corrupted"})
    for measurement in measurements(otherwise):
        if measurement.cell.get("probe") == "select_ceiling":
            newer.append(measurement)
    assert "C8   SUPPORTED" in claims("C8", "--results", str(tmp_path)).output
    assert "C9   NUANCED" in claims("C9", "--results", str(tmp_path)).output


def test_an_unknown_claim_says_what_there_is(tmp_path: Path) -> None:
    a_run(tmp_path)
    done = claims("C31", "--results", str(tmp_path))
    assert "'C31' is not a claim; did you mean C3" in str(done.exception)


def test_without_a_verdict_there_is_the_command_and_an_exit_code(tmp_path: Path) -> None:
    folder = a_run(tmp_path, {"select_ceiling"})
    none = claims("C9", "--run", str(folder.path))
    assert none.return_value == Exit.NOTHING_RAN
    assert "runner run experiments.yaml --filter monitoring-cost" in none.output
    assert claims("C8", "--run", str(folder.path)).return_value == Exit.OK
    assert claims("--run", str(folder.path)).return_value == Exit.INCONCLUSIVE
    lacks = [replace(m, status=Status.SKIP, reason="no epoll") for m in measurements(World())]
    skipped = RunFolder(tmp_path / "20260103T000000-x")
    skipped.path.mkdir()
    skipped.write("run.json", (folder.path / "run.json").read_text(encoding="utf-8"))
    for measurement in lacks:
        skipped.append(measurement)
    assert claims("C9", "--run", str(skipped.path)).return_value == Exit.NOTHING_RAN


def test_a_page_with_its_plots(tmp_path: Path) -> None:
    output = tmp_path / "docs" / "page.md"
    output.parent.mkdir()
    a_run(tmp_path / "results")
    assert claims("--results", str(tmp_path / "results"), "-o", str(output)).exception is None
    plots = sorted((output.parent / "page").iterdir())
    assert plots
    for twin in (output, output.with_suffix(".zh.md")):
        linked = re.findall(r"\]\(page/([^)]*)\)", twin.read_text(encoding="utf-8"))
        assert sorted(linked) == [plot.name for plot in plots]
    for plot in plots:
        root = parsed(plot.read_text(encoding="utf-8"))
        assert len([each for each in root.iter() if each.get("tabindex")]) >= 2
        for axis in ("x", "y"):
            assert not touching(root, axis), plot.name


@cache
def the_world() -> list[tuple[Claim, Ruling]]:
    return rulings(measurements(World()))


@cache
def page_in(language: str) -> str:
    return page(the_world(), {"host": {}, "engine": {}}, "claims", "o.md", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_shows_each_table_and_plot_once(language: str) -> None:
    text = page_in(language)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(set(tables)) == len(tables) >= 15
    shown = {table.title for _, ruling in the_world() for table in ruling.tables if table.rows}
    missing = [each for each in shown if f"**{title(language, each)}**" not in text]
    assert missing == ["What ran here"]  # S1 to S7: one table, which is the last
    assert len(re.findall(r"^!\[", text, re.MULTILINE)) == len(plots_of(the_world()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_within_a_page_and_to_the_seed_lead_somewhere(language: str) -> None:
    anchors = set(re.findall(r'<a id="([^"]+)"></a>', page_in(language)))
    assert set(re.findall(r"\]\(#([^)]+)\)", page_in(language))) <= anchors
    seed = (ROOT / "docs" / "seed.md").read_text(encoding="utf-8")
    for anchor in re.findall(r"\]\(seed\.md#([^)]+)\)", page_in(language)):
        assert f'<a id="{anchor}"></a>' in seed


def test_the_pages_are_twins() -> None:
    english, chinese = (
        re.findall(r'<a id="[^"]+"|^\|(?=-)|^!', page_in(each)) for each in LANGUAGES
    )
    assert english == chinese
    for claim, ruling in the_world():
        assert claim.text("zh").says in page_in("zh")
        assert claim.seed in page_in("zh") or claim.id[0] == "S"
        assert words("zh")[ruling.standing] in page_in("zh")
    assert not re.search(r"\*\*(Definition|Caveat|Sources)", page_in("zh"))


def test_a_claim_without_evidence_shows_the_command_on_the_page() -> None:
    for language in LANGUAGES:
        empty = page(rulings([]), {}, "claims", "o.md", language)
        for claim in CLAIMS.values():
            assert f"`{command(claim)}`" in empty
        assert empty.count(words(language)["NO EVIDENCE"]) >= len(CLAIMS)


def test_the_page_is_in_step_with_the_table() -> None:
    """Ids, sentences and commands; the figures are those of the machine that it names."""
    for language, path in (("en", PAGE), ("zh", PAGE.with_suffix(".zh.md"))):
        text = path.read_text(encoding="utf-8")
        for claim in CLAIMS.values():
            said = claim.text(language)
            assert f'<a id="{claim.id.lower()}"></a>' in text
            assert said.says in text
            assert f"> {claim.seed} (" in text or not claim.seed or claim.id[0] == "S"
            assert said.definition in text
            assert command(claim) in text or claim.id[0] == "S"
        for plot in re.findall(r"\((claims/[a-z0-9-]+\.svg)\)", text):
            assert (PAGE.parent / plot).is_file()
