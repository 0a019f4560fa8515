"""The claims of the seed and the papers' tables, by their ids."""

from __future__ import annotations

IN_SHORT = "C1 to C22, T1 to T5, S1 to S7, S4a, S4b, S4c"
CLAIMS = (
    *(f"C{number}" for number in range(1, 23)),
    *(f"T{number}" for number in range(1, 6)),
    *("S1", "S2", "S3", "S4", "S4a", "S4b", "S4c", "S5", "S6", "S7"),
)
