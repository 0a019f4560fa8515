"""A server with one mistake breaks the cases that are about it, says so, and keeps the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.process import ProcessEngine
from runner.kinds.conformance import CASES
from runner.records.outcome import Status
from tests.chosen import chosen
from tests.conformance.examining import examined, told, trials_of
from tests.conformance.mutated import MUTANTS, Mutant

CONTROLS = {"bytes", "pipelined"}
"""Run beside a mutant's own cases; test_labs.py runs all of them on servers without a mistake."""


def test_every_case_has_a_mutant_that_it_finds() -> None:
    assert {case for mutant in MUTANTS for case in mutant.breaks} == set(CASES)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mutant", chosen(MUTANTS, 8), ids=lambda each: each.name)
def test_a_mutant_breaks_cases_of_its_own_and_no_other(
    mutant: Mutant, engine: ProcessEngine, tmp_path: Path
) -> None:
    """How much a connection holds, and so which of its cases a mutant breaks, is the kernel's
    choice at that moment; that it breaks one of them is not."""
    if mutant.breaks == ("ready",) and engine.free_port() != 9000:
        pytest.skip(
            f"{mutant.name} WAS NOT FOUND: without a network namespace it has no fixed port"
        )
    mutant.write(tmp_path / "labs" / "mutant")
    own = {*mutant.breaks, *mutant.may}
    chosen = [case for case in CASES if case in own | CONTROLS]
    found = examined(engine, trials_of(tmp_path, "mutant", mutant.language, chosen))
    broken = {case for case, each in found.items() if each.status is Status.FAIL}
    assert broken, told(found)
    assert broken <= own, told(found)
    assert {each.status for each in found.values()} <= {Status.OK, Status.FAIL}, told(found)
    first = mutant.breaks[0]
    assert first not in broken or mutant.says in found[first].reason, told(found)
