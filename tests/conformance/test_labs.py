"""Every server of the project keeps the cases that its model can keep, and breaks those that it
cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.process import ProcessEngine
from runner.kinds.conformance import CASES
from runner.records.outcome import Status
from tests.chosen import chosen
from tests.conformance.examining import examined, told, trials_of
from tests.labs.capabilities import BUILDS, MODELS

LABS = [
    (lab if source in ("server.c", "server.py") else f"{lab}/{source[7:-3]}", language)
    for lab, model in MODELS.items()
    for source in model.sources
    for language in ("c" if source.endswith(".c") else "python",)
]
CROWDED = {"crowd", "limit"}
"""Not kept where a client may wait for one that is served: it is neither served nor closed."""
BY_CHANCE = {"prefork": {"together", "slow_reader"}}
"""A connection goes to the queue of one of its processes, which may have a client already."""
BROKEN = {
    "blocking": {"together", "slow_reader", *CROWDED},
    "prefork": CROWDED,
    "prethread": CROWDED,
    "posix_aio": {"crowd"},
    "nonblocking": {"idle"},
}
"""By the nature of the model: what tests/labs/capabilities.py says of it. The pools of prefork and
prethread have sixteen members: more than the clients of `together`, and fewer than those of
`limit`. posix_aio reads from twenty clients at once."""


def test_what_a_model_breaks_is_what_it_cannot_do() -> None:
    alone = {lab for lab, model in MODELS.items() if not model.concurrent or model.at_once}
    assert alone == {lab for lab, cases in BROKEN.items() if "crowd" in cases}
    assert {lab for lab, model in MODELS.items() if not model.sleeps} == {"nonblocking"}
    assert {build.source for build in BUILDS.values()} >= {"server.c", "server.py"}


@pytest.mark.parametrize(
    ("lab", "language"), chosen(LABS, 5), ids=[f"{a}-{b}" for a, b in chosen(LABS, 5)]
)
def test_a_server_keeps_what_its_model_can(
    lab: str, language: str, engine: ProcessEngine, tmp_path: Path
) -> None:
    left_out = BROKEN.get(lab, set()) | BY_CHANCE.get(lab, set())
    kept = [case for case in CASES if case not in left_out]
    found = examined(engine, trials_of(tmp_path, lab, language, kept))
    assert {each.status for each in found.values()} == {Status.OK}, told(found)
    assert {each.metrics["kept"] for each in found.values()} == {1}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("language", ["c", "python"])
@pytest.mark.parametrize("lab", BROKEN)
def test_a_server_breaks_what_its_model_cannot(
    lab: str, language: str, engine: ProcessEngine, tmp_path: Path
) -> None:
    found = examined(engine, trials_of(tmp_path, lab, language, sorted(BROKEN[lab])))
    assert {each.status for each in found.values()} == {Status.FAIL}, told(found)
    assert {each.metrics["kept"] for each in found.values()} == {0}
