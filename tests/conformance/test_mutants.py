"""A server with one mistake breaks the cases that are about it, says so, and keeps the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.process import ProcessEngine
from runner.kinds.conformance import CASES
from runner.records.outcome import Status
from tests.conformance.examining import examined, told, trials_of
from tests.conformance.mutated import MUTANTS, Mutant


def test_every_case_has_a_mutant_that_it_finds() -> None:
    assert {case for mutant in MUTANTS for case in mutant.breaks} == set(CASES)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_breaks_its_cases_and_no_other(
    mutant: Mutant, engine: ProcessEngine, tmp_path: Path
) -> None:
    if mutant.breaks == ("ready",) and engine.free_port() != 9000:
        pytest.skip("without a network namespace the port is drawn for every case")
    mutant.write(tmp_path / "labs" / "mutant")
    found = examined(engine, trials_of(tmp_path, "mutant", mutant.language, list(CASES)))
    broken = {case for case, each in found.items() if each.status is Status.FAIL}
    assert broken - set(mutant.may) == set(mutant.breaks), told(found)
    assert {each.status for each in found.values()} <= {Status.OK, Status.FAIL}, told(found)
    assert mutant.says in found[mutant.breaks[0]].reason, told(found)
