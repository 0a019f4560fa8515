"""The clients of a case of the contract: what they do, and whose fault it is where that does not
end as the contract says.

The talker is the only witness. What it could not do itself is the lab's error. A server is at fault
for wrong bytes at once, and for a silence only if it had a CPU and the machine did not stand still
meanwhile.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import NoReturn

from runner.engine.box import Running
from runner.measure import busy, clock
from runner.measure.flow import Flow, described, flow_of
from runner.measure.server import InstrumentFault, ServerFault, require_alive, standing
from runner.measure.talk import Talk
from runner.untrusted import Line

FIRST_MS = 10_000
"""How long the first client waits; how long it took tells how slow the machine is."""
PATIENCE_MS = (3_000, 12_000, 100)
"""How long a client waits without a byte: the bounds, and how many times the first client's
connection and reply."""
AGAIN_MS = 2_000
"""A client that has had no byte waits for so long once more, while the server is observed."""
MOST_MS = 30_000
"""How long one flow may take if bytes keep coming: the largest is a few MiB."""
ANSWER_MS = 1_000
"""Between the end of a command's time and the talker's answer."""
STUCK_MS = 60
"""A connection that takes no byte for twice as long is full."""
FULL_BYTES = 8 << 20
"""More than the buffers of a small client's connection hold."""
END_SECONDS = 0.2
"""Between the end of a connection and that of the server which caused it."""
ALL = -1
AS_IT_IS = (
    "send back whatever recv returned, every value as it is, without waiting for a newline or for "
    "a full buffer"
)


@dataclass(slots=True)
class Clients:
    """`doing` is what the clients did last, for the reason if the server ends; `took` how many
    seconds they waited for it."""

    talk: Talk
    patience_ms: int = PATIENCE_MS[0]
    doing: str = ""
    took: float = 0.0
    began: clock.Reading = field(default_factory=clock.now)

    @property
    def server(self) -> Running:
        return self.talk.server

    def greet(self) -> None:
        """The first client is served and leaves. Sets the patience with all that follow."""
        began = time.monotonic()
        self.patience_ms = FIRST_MS
        self.open("A")
        self.echo("A", 8, "the first client sent 8 random bytes", AS_IT_IS)
        least, most, times = PATIENCE_MS
        took_ms = (time.monotonic() - began) * 1000
        self.patience_ms = int(min(most, max(least, times * took_ms)))
        self.leave("A")

    def open(self, client: str, *, small: bool = False) -> None:
        """The client connects. The server's sends to a `small` one soon fill its buffer."""
        self.doing = f"client {client} connected"
        ms = self._within(self.patience_ms)
        answer = self._awaited(f"open {client} {ms}{' small' if small else ''}", ms)
        if answer.word != "opened":
            raise ServerFault(
                f"client {client} could not connect for {ms / 1000:.0f} s: accept clients, and "
                f"call listen() with the environment variable BACKLOG{standing(self.server)}"
            )

    def watch(self, count: int) -> None:
        """Silent clients connect, as many as the listen queue takes."""
        self.doing = f"{count} idle clients connected"
        self.talk.watch(count, self.patience_ms)

    def admit(self, count: int) -> Flow:
        """New clients w0, w1, ... come one after the other, and each is served before the next one
        comes. Ends with the first that is not."""
        served = 0
        self.doing = f"up to {count} clients came one after the other"
        while True:
            ms, most = self._within(self.patience_ms), self._within(MOST_MS)
            found = flow_of(self._awaited(f"admit {count - served} {ms} {most}", most + ms))
            served += found.done
            if found.what != "silent":
                return replace(found, done=served)
            found = self._patiently(found)
            served += found.what == "well"
            if found.what != "well" or served == count:
                return replace(found, done=served)

    def plan(
        self, clients: str, give: int, *, take: int = ALL, piece: int = 0, end: bool = False
    ) -> None:
        """What one client, or each of `w0-w9`, shall do in the next flow: send `give` bytes, at
        most `piece` of them in one call (0: any number), until it has `take` bytes of all that it
        sent back; with `end` it then shuts down its writing end, and waits for the server's."""
        self.talk.tell(f"plan {clients} {give} {take} {piece} {int(end)}")

    def tried(self, patience_ms: int) -> Flow:
        """A flow, however it ends: until all is done, or no byte moves for so long."""
        most = self._within(MOST_MS)
        return flow_of(self._awaited(f"flow {self._within(patience_ms)} {most}", most))

    def flow(self, did: str, must: str) -> Flow:
        """A flow that must do all that was planned. `did` is what the clients do, `must` what the
        server has to do for it."""
        self.doing = did
        found = self._patiently(self.tried(self.patience_ms))
        if found.what != "well":
            self.blame(found, did, must)
        return found

    def blame(self, found: Flow, did: str, must: str) -> NoReturn:
        """Raises ServerFault for a flow that did not end as it should."""
        self.doing = did
        require_alive(self.server, END_SECONDS)
        if found.what == "slow":
            seconds = self.took
        else:
            again_ms = AGAIN_MS if found.what == "silent" else 0
            seconds = (self.patience_ms + again_ms) / 1000
        self.broken(did, described(found, seconds), f"{must}{standing(self.server)}")

    def broken(self, did: str, seen: str, must: str) -> NoReturn:
        """Raises ServerFault: what the clients did, what they saw, what a server must do."""
        self.doing = did
        raise ServerFault(f"{did}; {seen}: {must}")

    def hush(self, ms: int, did: str) -> None:
        """For a moment no further byte may come to a client that has all its bytes."""
        found = flow_of(self.talk.tell(f"hush {ms}", ms / 1000))
        if found.what != "well":
            self.blame(found, did, "send each byte once, and keep the connection open")

    def echo(self, client: str, size: int, did: str, must: str, *, piece: int = 0) -> None:
        """The client sends so many bytes and gets them back."""
        self.plan(client, size, piece=piece)
        self.flow(did, must)

    def fill(self, *clients: str, most: int = FULL_BYTES) -> Flow:
        """The clients send without reading until their connections take no more bytes, or `most`
        each. A server that was only slow has taken more at the second look."""
        for client in clients:
            self.plan(client, most, take=0)
        found = self.tried(STUCK_MS)
        while found.what == "silent":
            again = self.tried(STUCK_MS)
            if again.position == found.position:
                break
            found = again
        return found

    def leave(self, clients: str, *, reset: bool = False) -> None:
        self.talk.tell(f"leave {clients} {'rst' if reset else 'fin'}")

    def bolt(self, client: str, give: int) -> None:
        """The client sends so many bytes, shuts down its writing end and resets the connection, all
        before the server can have read anything."""
        self.talk.tell(f"bolt {client} {give}")

    def _within(self, ms: int) -> int:
        """So many ms, or what the time limit of the case leaves of them: the talker answers in
        time, whatever the server does."""
        return min(ms, int(self.talk.overtime.left(ANSWER_MS / 1000) * 1000) + 1)

    def _awaited(self, command: str, ms: int) -> Line:
        """The answer to a command that ends when the server has done something."""
        began = time.monotonic()
        try:
            return self.talk.tell(command, ms / 1000)
        finally:
            self.took = time.monotonic() - began
            self.talk.overtime.waited += self.took

    def _patiently(self, found: Flow) -> Flow:
        """The flow, or where it was silent what became of it while its clients waited on."""
        while found.what == "silent":
            again = self._again()
            if again.position == found.position:
                break
            found = again
        return found

    def _again(self) -> Flow:
        """Waits once more for clients that got no byte, and observes whether the server could have
        sent one. Raises InstrumentFault where it could not."""
        require_alive(self.server)
        before = busy.sample(self.server)
        found = self.tried(AGAIN_MS)
        if found.what != "silent":
            return found
        require_alive(self.server)
        if busy.starved(before, busy.sample(self.server)):
            raise InstrumentFault(
                "the server was ready to run, but other programs used its CPU; run it again on a "
                "quieter machine"
            )
        if jumped := clock.jump(self.began, clock.now()):
            raise InstrumentFault(jumped)
        return found
