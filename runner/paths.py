"""Where things are: the project's own folders, and the cache that `make clean` empties."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABS = ROOT / "labs"
IMAGES = ROOT / "images"
SECCOMP_PROFILE = IMAGES / "seccomp" / "profile.json"
"""What the box of io_uring is given: docker-compose.yml and the engine read the same."""
FLEET = ROOT / "runner" / "fleet"
TALKER = ROOT / "runner" / "talker"
TRACER = IMAGES / "tracer"
CACHE = ROOT / ".cache"
