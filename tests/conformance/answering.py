"""A talker that answers each command as if the server did all that was due, but where a test says
otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.engine.box import Box, Exit, Running
from tests.fake_engine import FakeBox, FakeEngine, Script

WELL = "client=A what=well given=100 give=100 back=100 shut=0"
PLAIN = {
    "draw": "drawn",
    "open": "opened A port=40000 at=1",
    "plan": "planned",
    "leave": "left at=1",
    "bolt": "left at=1",
    "wait": "waited at=1",
    "flow": f"flowed done=1 of=1 gone=0 {WELL} at=1",
    "hush": f"hushed done=0 of=1 gone=0 {WELL} at=1",
}


@dataclass
class Answering(FakeBox):
    """`instead`: of the n-th command (from 1) with some verb another answer, None for none at
    all."""

    instead: Mapping[tuple[str, int], str | None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def write_line(self, line: str) -> None:
        super().write_line(line)
        verb, *words = line.split()
        self.counts[verb] = self.counts.get(verb, 0) + 1
        answer = self.instead.get((verb, self.counts[verb]), self._plain(verb, words))
        if answer is not None:
            self.script.lines.append(answer)

    def _plain(self, verb: str, words: list[str]) -> str:
        if verb == "watch":
            return f"watching now={words[0]} of={words[0]} at=1"
        if verb == "admit":
            return f"admitted done={words[0]} of=1 gone=0 {WELL} at=1"
        return PLAIN[verb]


class TalkingEngine(FakeEngine):
    """Hands out the scripted servers in turn, and a talker beside each."""

    def __init__(
        self,
        *servers: Script,
        instead: Mapping[tuple[str, int], str | None] | None = None,
        talker_ended: Exit | None = None,
    ) -> None:
        super().__init__(servers)
        self.talkers: list[Answering] = []
        self._instead = instead or {}
        self._talker_ended = talker_ended

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        if box.program.role != "talker":
            return super().launch(box, beside)
        script = Script([], self._talker_ended, silent=self._talker_ended is None)
        self.asked.append(box)
        self.talkers.append(Answering(script, box.nofile, instead=self._instead))
        return self.talkers[-1]
