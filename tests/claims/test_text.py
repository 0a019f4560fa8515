"""What is said of the claims: in both languages the same, complete, and as the rules have it."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import runner.claims
from runner.claims import CLAIMS, LANGUAGES, Standing, rulings, title
from runner.claims.rules.arrivals import OWN
from runner.claims.rules.ceilings import FD_SETSIZE
from runner.claims.rules.coroutines import LATE
from runner.claims.rules.costs import LINEAR
from runner.claims.rules.designs import SAME
from runner.claims.rules.platform import GROWS
from runner.claims.rules.searching import SMALL_PART, STEEP
from runner.claims.rules.waiting import BURNING, FREE, RESTING, WAITS
from runner.paths import ROOT
from tests.claims.telling import measurements
from tests.claims.world import World
from tests.test_glossary import COMMON, retired, uses

FILES = {each: Path(runner.claims.__file__).with_name(f"{each}.toml") for each in LANGUAGES}
NUMBERS = {
    "C2": (f"{WAITS:.0%}", f"{RESTING:.0%}"),
    "C3": (f"{BURNING:.0%}", f"{RESTING:.0%}"),
    "C5": (f"{FREE:.0%}", f"{RESTING:.0%}"),
    "C8": (str(FD_SETSIZE),),
    "C9": (f"{SMALL_PART:.0%}", str(STEEP), str(LINEAR[0])),
    "C11": (f"{GROWS:.0f}",),
    "C17": (f"{GROWS:.0f}",),
    "C19": (f"{FREE:.0%}",),
    "C20": (f"{LATE:.0%}",),
    "T5": (f"{SAME - 1:.0%}",),
}
"""The bounds of the rules that the definitions and conditions state."""


def entries(language: str) -> dict[str, dict[str, str | list[str]]]:
    return tomllib.loads(FILES[language].read_text(encoding="utf-8"))


def test_both_languages_say_the_same_of_the_same() -> None:
    english, chinese = entries("en"), entries("zh")
    titles = chinese.pop("titles")
    assert {k: set(v) for k, v in english.items()} == {k: set(v) for k, v in chinese.items()}
    assert set(english) == {*CLAIMS, "page"}
    for claim, said in chinese.items():
        for name, text in said.items():
            other = english[claim][name]
            assert type(text) is type(other), f"{claim}: {name}"
            assert isinstance(text, str) or len(text) == len(other), f"{claim}: {name}"
            held = [re.findall(r"`[^`]*`|\{\w+\}", str(each)) for each in (text, other)]
            assert sorted(held[0]) == sorted(held[1]), f"{claim}: {name}"
    ruled = [r for claim, r in rulings(measurements(World())) if claim.id[0] != "S"]
    shown = {table.title for r in ruled for table in r.tables}
    shown |= {plot.title for r in ruled for plot in r.plots}
    assert shown == set(titles), "a title without Chinese, or one that no rule uses"
    assert all(title("zh", each) != each for each in shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_has_a_definition_a_method_a_condition_and_a_caveat(language: str) -> None:
    for claim in CLAIMS.values():
        text = claim.text(language)
        assert text.says
        assert text.caveat
        if claim.id[0] != "S":
            assert text.definition
            assert text.did
            assert claim.references
            assert {Standing.SUPPORTED, Standing.REFUTED} <= set(text.conditions)
        chinese = re.search(r"[\u4e00-\u9fff]", text.definition + text.caveat)
        assert bool(chinese) == (language == "zh"), claim.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_state_the_bounds_of_the_rules(language: str) -> None:
    assert OWN == 0.5
    for claim, numbers in NUMBERS.items():
        text = CLAIMS[claim].text(language)
        said = " ".join([text.definition, *chain(*text.conditions.values())])
        for number in numbers:
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", said), f"{claim}: {number}"


def test_the_english_texts_use_no_retired_word() -> None:
    words = [word for word in retired() if word not in COMMON - {"others"}]
    said = [str(text) for entry in entries("en").values() for text in entry.values()]
    assert uses("\n".join(said), words) == []


def test_the_seed_holds_every_claim_word_for_word() -> None:
    """Each at its anchor, with a link to its verdict."""
    page = (ROOT / "docs" / "seed.md").read_text(encoding="utf-8")
    flat = re.sub(r'<a id="[^"]*"></a>|→ .*|\s|^- ', "", page, flags=re.MULTILINE)
    for claim in CLAIMS.values():
        if claim.id[0] == "T":
            continue
        anchor = f'<a id="{claim.id.lower()}"></a>'
        assert anchor in page
        assert f"[{claim.id}](claims.zh.md#{claim.id.lower()})" in page[page.index(anchor) :]
        assert claim.id[0] == "S" or re.sub(r"\s", "", claim.seed) in flat, claim.id
