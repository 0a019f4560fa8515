"""Why a property or a model is unknown, as a sentence, and what the sentence counts for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sort = Literal["incomplete", "evades", "unnamed", "unwatched", "long", "differs", "unclear"]
"""What a doubt means:

incomplete  the record does not show the whole conversation: nothing follows from it
evades      the server kept calls of its own away from the tracer
unnamed     what notified the server does not name the client whose bytes it then read
unwatched   the multiplexer does not watch clients that another thread, or no thread, serves
long        in a long silence the server waits in another way than in a short one
differs     the traced and the untraced conversation do not agree
unclear     the observations fit no model, which an honest server may cause as well
"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """`calls` are the kinds of calls that the server chose instead, where it is about these."""

    sort: Sort
    text: str
    calls: tuple[str, ...] = ()
