"""Where things are: the project's own folders, and the cache that `make clean` empties."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABS = ROOT / "labs"
IMAGES = ROOT / "images"
FLEET = ROOT / "runner" / "fleet"
CACHE = ROOT / ".cache"
