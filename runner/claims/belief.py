"""A widespread belief about I/O models, and the rule that holds it against measurements."""

from __future__ import annotations

from dataclasses import dataclass

from runner.claims.claim import Rule, by_spec


@dataclass(frozen=True, slots=True)
class Belief:
    """`says` is the belief, `heard` where people state it, `but` what the measured answer leaves
    out, `see` where to read on. An entry of `experiments` is an id of experiments.yaml, or PATH:ID
    of another spec. A ruling REFUTED means that the measurements contradict the belief."""

    id: str
    says: str
    heard: str
    but: str
    see: tuple[str, ...]
    experiments: tuple[str, ...]
    rule: Rule

    @property
    def specs(self) -> dict[str, tuple[str, ...]]:
        """The ids of its experiments, by spec."""
        return by_spec(self.experiments)
