"""`runner claims`: what a user sees, and the page that is checked in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.dom import minidom

import pytest
from click.testing import CliRunner, Result

from runner import machine
from runner.claims import CLAIMS, Standing, rulings
from runner.cli import cli
from runner.paths import ROOT
from runner.report.claims import overview, page
from runner.results import RunFolder
from runner.spec import load
from runner.spec.claims import CLAIMS as IDS
from tests.claims.telling import measurements
from tests.claims.world import World

PAGE = ROOT / "docs" / "claims.md"
VERDICTS = ("SUPPORTED", "NUANCED", "REFUTED", "RUNS")


def a_run(results: Path, name: str = "20260101T000000-x", **host: object) -> RunFolder:
    folder = RunFolder(results / name)
    folder.path.mkdir(parents=True)
    about = {"format": 1, "host": {**machine.gather(), **host}, "engine": {"name": "fake"}}
    folder.write("run.json", json.dumps(about))
    for measurement in measurements(World()):
        folder.append(measurement)
    return folder


def claims(*words: str) -> Result:
    return CliRunner().invoke(cli, ["claims", *words], standalone_mode=False)


def test_every_id_of_a_spec_has_a_row() -> None:
    assert set(CLAIMS) == set(IDS)
    assert len(CLAIMS) == 36


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_each_row_leads_somewhere(claim: object) -> None:
    found = CLAIMS[claim.id]  # type: ignore[attr-defined]
    assert all((ROOT / each).exists() for each in found.see)
    if found.id[0] in "CS":
        assert re.search(r"[\u4e00-\u9fff]|select|poll|aplay", found.seed)


def test_what_to_run_again_exists() -> None:
    suite = load(ROOT / "experiments.yaml", labs=False)
    known = {experiment.id for experiment in suite.experiments}
    for claim in CLAIMS.values():
        assert set(claim.experiments) <= known, claim.id


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


def test_the_same_verdicts_whenever_they_are_asked_for(tmp_path: Path) -> None:
    a_run(tmp_path)
    first = claims("--json", "--results", str(tmp_path)).output
    assert [claims("--json", "--results", str(tmp_path)).output for _ in range(2)] == [first] * 2
    assert {row["id"] for row in json.loads(first)} == set(CLAIMS)


@pytest.mark.parametrize("name", ["kernel", "boot", "cpu"])
def test_evidence_of_another_machine_is_not_fresh(tmp_path: Path, name: str) -> None:
    folder = a_run(tmp_path, **{name: "another"})
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


def test_a_page_with_its_plots(tmp_path: Path) -> None:
    text, plots = page(rulings(measurements(World())), {"host": {}, "engine": {}}, "claims")
    assert plots
    for name, svg in plots.items():
        assert f"(claims/{name})" in text
        document = minidom.parseString(svg)  # noqa: S318 - it was made above
        assert len(document.getElementsByTagName("polyline")) >= 2
    output = tmp_path / "docs" / "page.md"
    output.parent.mkdir()
    a_run(tmp_path / "results")
    assert claims("--results", str(tmp_path / "results"), "-o", str(output)).exception is None
    assert sorted(path.name for path in (output.parent / "page").iterdir()) == sorted(plots)


def test_the_page_is_in_step_with_the_table() -> None:
    """Ids, sentences and commands; the figures are those of the machine that it names."""
    text = PAGE.read_text(encoding="utf-8")
    for claim in CLAIMS.values():
        section = text[text.index(f"## {claim.id}: {claim.says}\n") :]
        section = section[: section.find('<a id="', 1)]
        assert not claim.seed or f"> {claim.seed}\n" in section
        standing = re.search(r"^\*\*([A-Z ]+)\.\*\*", section, re.MULTILINE)
        assert standing
        assert standing[1] in [str(each) for each in Standing]
        assert f"--filter {claim.experiments[0]}" in section
        for plot in re.findall(r"\((claims/[a-z0-9-]+\.svg)\)", section):
            assert (PAGE.parent / plot).is_file()
    assert "| kernel" in text
