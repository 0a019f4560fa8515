"""`make bench`: how fast the lab itself is. Shown, asserted nowhere."""

from __future__ import annotations

from tests.bench import overhead, peers

if __name__ == "__main__":
    overhead.show()
    peers.show()
