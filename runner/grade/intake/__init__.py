"""A stranger's folder or archive becomes a safe copy: plain files in a fresh folder.

Nothing is written before everything was accepted. `walk`, `unzip` and `untar` name the members of a
folder or an archive; `tree` decides which of them are accepted, by `names` and `leftovers`; `take`
writes the copy.
"""

from __future__ import annotations

from runner.grade.intake.refusal import IntakeError
from runner.grade.intake.take import Intake, intake

__all__ = ["Intake", "IntakeError", "intake"]
