"""A claim, and the rule that judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner.claims.evidence import Evidence
from runner.claims.ruling import Ruling
from runner.claims.text import Text, texts

Rule = Callable[[Evidence], Ruling]

DEFAULT = "experiments.yaml"


def by_spec(experiments: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Ids of experiments.yaml, or PATH:ID of another spec, by the spec."""
    ids: dict[str, tuple[str, ...]] = {}
    for each in experiments:
        spec, _, experiment = each.rpartition(":")
        ids[spec or DEFAULT] = (*ids.get(spec or DEFAULT, ()), experiment)
    return ids


@dataclass(frozen=True, slots=True)
class Claim:
    """One row. `seed` are the seed's own words (Chinese; empty for tables of other books).
    `references` say where its terms are defined: sections of standards and books, man pages, kernel
    files. `see` is where to read on. An entry of `experiments` is an id of experiments.yaml, or
    PATH:ID of another spec. What is said of the claim stands in en.toml and zh.toml, under its id.
    """

    id: str
    seed: str
    references: tuple[str, ...]
    see: tuple[str, ...]
    experiments: tuple[str, ...]
    rule: Rule

    def text(self, language: str = "en") -> Text:
        return texts(language)[self.id]

    @property
    def says(self) -> str:
        return self.text().says

    @property
    def specs(self) -> dict[str, tuple[str, ...]]:
        """The ids of its experiments, by spec."""
        return by_spec(self.experiments)
