"""Every broken spec: the loader and the command are held to the same lines."""

from __future__ import annotations

from tests.spec.broken_files import BROKEN_FILES
from tests.spec.broken_fleet import BROKEN_FLEET
from tests.spec.broken_form import BROKEN_FORM
from tests.spec.broken_matrix import BROKEN_MATRIX
from tests.spec.broken_spec import LABS, Broken, lay
from tests.spec.broken_text import BROKEN_TEXT

__all__ = ["BROKEN", "LABS", "Broken", "lay"]

BROKEN = [
    *BROKEN_TEXT,
    *BROKEN_FORM,
    *BROKEN_FLEET,
    *BROKEN_MATRIX,
    *BROKEN_FILES,
]
