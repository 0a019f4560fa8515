"""Writes every golden file."""

from __future__ import annotations

from tests.grade.golden import FOLDER, made

for name, content in made():
    (FOLDER / name).write_bytes(content)
