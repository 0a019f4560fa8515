"""How much of its chance to be wrong a comparison may spend at each interim analysis. Pure.

After each round of repeats the data are analysed, and what is decided is repeated no more. Each
analysis takes a share of alpha; the shares sum to 1, which bounds the chance of any wrong verdict
however the analyses depend on each other. The first analysis takes most, because most comparisons
are decided there. The last takes more than those between, because what it leaves open stays open.
"""

from __future__ import annotations

FIRST, LAST = 0.70, 0.15
"""The shares of the first analysis and of the last."""


def shares(analyses: int) -> tuple[float, ...]:
    """One share for each analysis; together 1."""
    if analyses < 2:
        return (1.0,)
    if analyses == 2:
        return (FIRST, 1 - FIRST)
    between = (1 - FIRST - LAST) / (analyses - 2)
    return (FIRST, *[between] * (analyses - 2), LAST)
