"""What a box of processes starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Command:
    """`words` is the command in a box with its own root, laid out like an image; `bare` without
    one. `sights` are files of the machine and their paths in the box; `content` is a SHA-256.
    `here` is the folder that the command starts in where the box has no root of its own."""

    words: tuple[str, ...]
    bare: tuple[str, ...]
    sights: tuple[tuple[Path, str], ...]
    folder: str
    content: str
    python: bool = False
    """Whether its last word is a script beside whose folder `lab.py` is."""
    here: str = ""

    def python_path(self, *, confined: bool) -> dict[str, str]:
        """The folder of lab.py, as in an image: one folder above the server's."""
        script = Path((self.words if confined else self.bare)[-1])
        return {"PYTHONPATH": str(script.parents[1])} if self.python else {}

    def options(self, *, confined: bool) -> list[str]:
        if not confined:
            return ["--folder", self.here] if self.here else []
        options = ["--folder", self.folder]
        for path, at in self.sights:
            options += ["--see", str(path), "--at", at]
        return options
