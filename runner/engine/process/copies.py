"""Copies of Python sources, from which boxes run them: an interpreter reads what was checked."""

from __future__ import annotations

import tempfile
from pathlib import Path

from runner.engine.sources import Sources, slug


def copied(sources: Sources, cache: Path) -> Path:
    """A folder laid out as `/labs` of an image is, named by its content. It is renamed into place:
    a copy that exists is whole."""
    name = f"{slug(sources.program.folder.name)}-{sources.key[:24]}"
    target = cache / "python" / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".copying-", dir=target.parent) as folder:
            copy = Path(folder) / name
            copy.mkdir()
            sources.write(copy)
            try:
                copy.rename(target)
            except OSError:
                if not target.exists():  # else another process was quicker
                    raise
    return target
