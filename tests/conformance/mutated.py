"""Servers of the project with one mistake each, and which cases of the contract find it.

`mutants/NAME.txt` says whose source is changed, which cases break, which may break as well, and
what the reason of the first says; then come the changes. In C a mutant holds a copy of lab.c, whose
functions are weak, in Python a copy of lab.py lies beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from runner.paths import LABS

FOLDER = Path(__file__).with_name("mutants")
_HEAD = re.compile(r"^(lab|breaks|may|says): (.*)\n", re.MULTILINE)
_EDIT = re.compile(r"^<<<\n(.*?)\n===\n(?:(.*?)\n)?>>>\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    lab: str
    language: str
    breaks: tuple[str, ...]
    may: tuple[str, ...]
    says: str
    edits: tuple[tuple[str, str], ...]

    def write(self, folder: Path) -> None:
        """Its sources, in a folder that is made."""
        folder.mkdir(parents=True)
        for name, text in self._sources().items():
            changed = text
            for old, new in self.edits:
                changed = changed.replace(old, new)
            (folder / name).write_text(changed, encoding="utf-8")

    def _sources(self) -> dict[str, str]:
        """Each change is in exactly one place of one file."""
        if self.language == "python":
            paths = (LABS / "lab.py", LABS / self.lab / "server.py")
            texts = {path.name: path.read_text(encoding="utf-8") for path in paths}
        else:
            shared = (LABS / "lab.c").read_text(encoding="utf-8")
            own = (LABS / self.lab / "server.c").read_text(encoding="utf-8")
            strong = re.sub(r"^_Pragma.*\n", "", shared, flags=re.MULTILINE)
            texts = {"server.c": strong + own}
        whole = "".join(texts.values())
        assert all(whole.count(old) == 1 for old, _ in self.edits), self.name
        return texts


def _read(path: Path) -> Mutant:
    text = path.read_text(encoding="utf-8")
    head = dict(_HEAD.findall(text))
    lab, language = head["lab"].split()
    edits = tuple(_EDIT.findall(text))
    assert edits, path
    breaks, may = (tuple(head.get(name, "").split()) for name in ("breaks", "may"))
    return Mutant(path.stem, lab, language, breaks, may, head["says"], edits)


MUTANTS = tuple(map(_read, sorted(FOLDER.glob("*.txt"))))
