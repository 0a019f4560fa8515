"""An assignment whose model needs io_uring, on a machine that has it and on one that lacks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.grade.record import State
from tests.grade.small import Scripted
from tests.grade.test_grading import Desk, F, N, U, states


@pytest.mark.parametrize("referenced", [True, False])
@pytest.mark.parametrize(("ring", "found"), [(True, [F, N]), (False, [U, U])])
def test_no_server_fails_for_want_of_the_ring_that_its_model_needs(
    tmp_path: Path, ring: bool, found: list[State], referenced: bool
) -> None:
    """Whatever the server says as it ends, and also where students have no reference."""
    desk = Desk(tmp_path)
    public = desk.source.spec.read_text().replace("model: select", "model: io_uring")
    desk.source.spec.write_text(public[: public.index("  - id: speed")])
    (desk.source.path / "hidden.yaml").unlink()
    if not referenced:
        shutil.rmtree(desk.source.reference)
    engine = Scripted()
    engine.ring, engine.broken = ring, {"echo/"}
    done = desk.grade(engine)
    assert states(done) == found
    assert done.gradable == ring
    lack = "a server of this assignment needs io_uring; "
    assert done.checks[0].reason.startswith("the first line was 'HELLO'" if ring else lack)


def test_where_a_model_needs_no_ring_none_is_looked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    engine = Scripted()
    engine.ring = False
    assert desk.grade(engine).earned == 100
    assert "probe" not in {box.program.role for box in engine.asked}
