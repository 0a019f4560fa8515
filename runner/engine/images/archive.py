"""A tar of some files, always with the same bytes. Pure."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping


def packed(files: Mapping[str, bytes], programs: Mapping[str, bytes]) -> bytes:
    """The members are sorted by name, with mtime 0 and owner 0:0; the programs are executable."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in sorted({**files, **programs}.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if path in programs else 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()
