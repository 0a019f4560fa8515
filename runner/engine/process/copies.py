"""Copies of Python sources, from which boxes run them: an interpreter reads checked files only."""

from __future__ import annotations

from pathlib import Path

from runner.engine.scratch import scratch
from runner.engine.sources import Sources, slug

_FOLDER, _FILE = 0o755, 0o644


def folder_of(cache: Path) -> Path:
    return cache / "copies"


def copied(sources: Sources, cache: Path) -> Path:
    """A folder laid out like `/labs` of an image, named by its content. It is renamed into place: a
    copy that exists is complete."""
    name = f"{slug(sources.program.folder.name)}-{sources.key[:24]}"
    target = folder_of(cache) / name
    if not target.exists():
        with scratch(target.parent) as folder:
            copy = written(sources, folder / name)
            try:
                copy.rename(target)
            except OSError:
                if not target.exists():  # else another process was faster
                    raise
    return target


def written(sources: Sources, folder: Path) -> Path:
    """Writes the sources into this new folder, readable by the box's user, whatever the umask."""
    folder.mkdir()
    sources.write(folder)
    folder.chmod(_FOLDER)
    for path in folder.rglob("*"):
        path.chmod(_FOLDER if path.is_dir() else _FILE)
    return folder
