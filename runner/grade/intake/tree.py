"""The files of a submission: which members are accepted, under which names, and how many.

The same rules for a folder and for every kind of archive, so that the same submission is the same
files, and has the same hash.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from runner.engine.compiled import compiled
from runner.engine.folder import ENTRIES_MAX, FILE_BYTES_MAX, FILES_MAX, FOLDER_BYTES_MAX
from runner.grade.intake.formats import HEAD_BYTES, format_of
from runner.grade.intake.leftovers import COMPILED, SOURCES, Leftover, by_name, by_size
from runner.grade.intake.member import REMEDIES, Kind, Member
from runner.grade.intake.names import folded, parts_of
from runner.grade.intake.refusal import IntakeError, about, shown
from runner.plural import number_of

DROPPED_MAX = 40
"""Lines about what was left out; a last one counts the rest."""
_SOURCES_ALONE = "hand in the sources alone"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Tree:
    """The accepted files, by their paths with `/`."""

    def __init__(self, members: Iterable[Member]) -> None:
        """Raises IntakeError for the first member that cannot be accepted."""
        self.files: dict[str, bytes] = {}
        self._dropped: Counter[Leftover] = Counter()
        self._known: dict[str, tuple[str, bool]] = {}  # by the folded path: the path, and if a file
        self._top = ""  # the folders that all files are in, as far as there is one
        self._files_left, self._room = FILES_MAX, FOLDER_BYTES_MAX
        for count, member in enumerate(members, 1):
            if count > ENTRIES_MAX:
                raise IntakeError(f"holds more than {ENTRIES_MAX:,} files; {_SOURCES_ALONE}")
            self._add(member)
        self._unwrap()

    @property
    def dropped(self) -> tuple[str, ...]:
        """A line for each file or folder that was left out, and why."""
        lines = [
            f"{shown(each.path.removeprefix(self._top))}: {each.why}"
            + (f" ({number_of(count, 'file')})" if count > 1 else "")
            for each, count in sorted(self._dropped.items(), key=lambda item: item[0].path)
        ]
        if len(lines) > DROPPED_MAX:
            lines[DROPPED_MAX:] = [f"and {len(lines) - DROPPED_MAX} more"]
        return tuple(lines)

    def only_archive(self) -> tuple[str, bytes] | None:
        """The only file, if it is an archive: a course's website may put what it received into a
        folder or an archive of its own."""
        if len(self.files) != 1:
            return None
        ((path, content),) = self.files.items()
        return (path, content) if _is_archive(path, content) else None

    def drop_archives(self) -> None:
        """Leaves out archives that lie beside other files. What is in them is not graded."""
        for path, content in list(self.files.items()):
            if _is_archive(path, content):
                self._dropped[Leftover(path, "an archive within the submission")] += 1
                del self.files[path]
        self._unwrap()

    def _add(self, member: Member) -> None:
        parts = parts_of(member.name)
        is_folder = member.kind is Kind.FOLDER
        leftover = by_name(parts, folder=is_folder)
        if leftover:
            self._dropped[leftover] += not is_folder
        elif member.kind is Kind.FILE:
            self._add_file(parts, member)
        elif not is_folder:
            remedy = REMEDIES.get(member.kind, "take it out of the submission")
            raise about(
                member.name, f"is {member.kind}, and only plain files are accepted; {remedy}"
            )

    def _add_file(self, parts: tuple[str, ...], member: Member) -> None:
        if not parts:
            raise about(member.name, "is a file without a name; make the archive anew")
        path = "/".join(parts)
        if leftover := by_size(path, member.size):
            self._dropped[leftover] += 1
            return
        self._require_new(parts)
        self._require_room(path, member.size)
        self._files_left -= 1
        self._room -= member.size
        content = member.read()
        is_source = PurePosixPath(path).suffix in SOURCES
        if compiled(content):
            if is_source:
                raise about(path, "is a compiled program, named like a source; hand in the source")
            self._dropped[Leftover(path, COMPILED)] += 1
            return
        if is_source and content.startswith(_UTF16):
            raise about(path, "is saved as UTF-16, which no compiler reads; save it as UTF-8")
        self.files[path] = content

    def _require_new(self, parts: tuple[str, ...]) -> None:
        """No two members are one file, here or on a system where names differ less: such a
        submission is another one for its author than for its grader."""
        for depth in range(1, len(parts) + 1):
            path, is_file = "/".join(parts[:depth]), depth == len(parts)
            key = folded(path)
            if key not in self._known:
                self._known[key] = (path, is_file)
                continue
            known, was_file = self._known[key]
            if known != path:
                raise about(
                    path,
                    f"differs from {shown(known)} only in capitals or in the form of its accents; "
                    "rename one of them",
                )
            if is_file and was_file:
                raise about(path, "is there twice; make the archive anew")
            if is_file or was_file:
                raise about(path, "is a file and a folder at once; make the archive anew")

    def _require_room(self, path: str, size: int) -> None:
        if size > FILE_BYTES_MAX:
            raise about(path, f"is larger than {FILE_BYTES_MAX >> 20} MiB; {_SOURCES_ALONE}")
        if size > self._room:
            raise IntakeError(
                f"its files are larger than {FOLDER_BYTES_MAX >> 20} MiB together; {_SOURCES_ALONE}"
            )
        if not self._files_left:
            raise IntakeError(f"holds more than {FILES_MAX:,} files; {_SOURCES_ALONE}")

    def _unwrap(self) -> None:
        """An archive usually holds one folder, and `Extract all` puts that into another one."""
        while True:
            tops = {path.partition("/")[0] for path in self.files}
            if len(tops) != 1 or not all("/" in path for path in self.files):
                return
            (top,) = tops
            self._top += f"{top}/"
            self.files = {path[len(top) + 1 :]: each for path, each in self.files.items()}


def _is_archive(path: str, content: bytes) -> bool:
    return PurePosixPath(path).suffix not in SOURCES and format_of(content[:HEAD_BYTES]) is not None
