"""A model that is unknown because the server hides, and a trial that says so."""

from __future__ import annotations

import pytest

from runner import measure
from runner.plan import Host, expand
from runner.trace.classification import UNKNOWN
from runner.trace.look import Look
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine
from tests.trace.scripted import scripted
from tests.trace.test_evidence import by_poll, placed


def test_a_server_that_forbids_the_untraced_look_is_unknown() -> None:
    model, why = placed(scripted(by_poll, look=Look(hides="Permission denied: syscall")))
    assert model == UNKNOWN
    assert "untraced, the server made itself unreadable" in why


def test_a_trial_says_why_its_model_is_unknown(
    monkeypatch: pytest.MonkeyPatch, suite_of: MakeSuite
) -> None:
    text = """
        experiments:
          - {id: e, title: t, measure: trace, server: {lab: poll}}
    """
    (trial,) = expand(suite_of(text), Host(1024, (0, 1)), repeat=1).trials
    hidden = scripted(by_poll, look=Look(hides="Permission denied: syscall"))
    monkeypatch.setattr("runner.measure.trace.traced", lambda *_, **__: hidden)
    notes = measure.run(trial, FakeEngine([]), {}).record.notes or ()
    said = "the model is unknown: untraced, the server made itself unreadable"
    assert [note for note in notes if note.startswith(said)]
