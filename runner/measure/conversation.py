"""A scripted conversation with a server: who says what when is known, so that what the server did
meanwhile can be told apart.

    A comes, asks, is answered          somebody is served
    B comes, asks                       is it answered while A is connected and says nothing?
    N come and never say a word         they are watched, or wait, or have a thread each
    a few times: all are silent, A asks, is answered; B asks, is answered
    A leaves                            whoever waited for that is served now
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.server import ServerFault, last_words, require_alive
from runner.trace.model import Conversation, Request

ROUNDS = 6
SILENCE_MS = 80
"""Long against all that a server does for one request, under a tracer and on a busy machine."""
PATIENCE_MS = 3000
ASIDE_MS = 400
"""How long another client waits beside the first before it counts as not answered."""
OTHERS = ("B", "C", "D")
"""One of three: a server with several processes may give any one of them to the process that the
first client keeps busy."""
SETTLE_MS = 50
SETTLE_EACH_MS, SETTLE_EACH_TRACED_MS = 1, 10
"""For the silent connections to be taken in, at worst by a process each, and under a tracer."""
_GRACE = 5.0

Around = Callable[[bool], None]
"""Called just before a silence (True) and just after it (False), for the kernel's accounting."""


@dataclass(slots=True)
class Talk:
    """The talker's commands, one at a time."""

    talker: Running
    server: Running
    ports: dict[str, int] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    said: int = 0
    heard_at: int = 0

    def tell(self, command: str, seconds: float = 0.0) -> dict[str, str]:
        """The answer's words: the first as `event`, the others by name. Raises EngineError,
        ServerFault."""
        self.talker.write_line(command)
        try:
            line = self.talker.read_line(seconds + _GRACE)
        except SilenceError:
            require_alive(self.server)
            raise EngineError(f"the talker does not answer {command!r}") from None
        if line is None or line.startswith("failed"):
            require_alive(self.server)
            if line and line.startswith("failed connect"):
                raise ServerFault(f"a client could not connect: {line}")
            raise EngineError(f"the talker: {line or last_words(self.talker)}")
        first, *words = line.split()
        return {"event": first, **dict(word.split("=", 1) for word in words if "=" in word)}

    def open(self, client: str) -> None:
        answer = self.tell(f"open {client}")
        self.ports[client] = int(answer["port"])
        self.opened[client] = int(answer["at"])

    def ask(self, client: str, patience_ms: int = PATIENCE_MS, quiet: int | None = None) -> Request:
        """Sends a message that has not been sent before, and waits for its echo."""
        self.said += 1
        text = f"{client}{self.said:02}-hello"
        silent_since = quiet if quiet is not None else self.heard_at
        sent = int(self.tell(f"send {client} {text}")["at"])
        return self.listen(Request(client, text, silent_since or sent, sent, None), patience_ms)

    def listen(self, request: Request, patience_ms: int) -> Request:
        """The request with the time of its answer, or without where none came."""
        text, client = request.text, request.client
        answer = self.tell(f"hear {client} {len(text)} {patience_ms}", patience_ms / 1000)
        if answer["event"] == "gone":
            require_alive(self.server)
            raise ServerFault(f"it closed the connection of client {client}")
        if answer["event"] == "silence":
            return request
        if answer.get("text") != text:
            heard = answer.get("text", "")[:40]
            raise ServerFault(f"it answered {heard!r} to {text!r}: a traced server echoes")
        self.heard_at = int(answer["at"])
        return Request(client, text, request.quiet, request.sent, self.heard_at)

    def wait(self, ms: int) -> None:
        self.tell(f"wait {ms}", ms / 1000)


def converse(
    talker: Running,
    server: Running,
    watched: int,
    settle_each_ms: int,
    around: Around = lambda _before: None,
) -> tuple[Conversation, int | None]:
    """The conversation, and how long the second client's first request took (ns), None where it
    was not answered even when the first had left. Raises ServerFault where A is not answered."""
    talk = Talk(talker, server)
    talk.open("A")
    _answered(talk.ask("A"), watched=0)
    beside, waiting = _somebody_else(talk)
    if watched:
        talk.tell(f"watch {watched}")
        talk.wait(SETTLE_MS + settle_each_ms * watched)
    for _ in range(2):  # by now it has taken in all who came, and had its first turn with each
        _answered(talk.ask("A"), watched)
        if beside:
            _answered(talk.ask(beside), watched)
    began = talk.heard_at
    requests = []
    for _ in range(ROUNDS):
        around(True)
        talk.wait(SILENCE_MS)
        around(False)
        requests.append(_answered(talk.ask("A"), watched))
        if beside:
            requests.append(_answered(talk.ask(beside), watched))
    ended = talk.heard_at
    talk.tell("close A")
    first = waiting[0]
    if first.replied is None:
        first = talk.listen(first, ASIDE_MS)
    said = Conversation(
        ports=talk.ports,
        opened=talk.opened,
        watched=watched,
        requests=tuple(requests),
        began=began,
        ended=ended,
        alone=beside is None,
    )
    return said, None if first.replied is None else first.replied - first.sent


def _somebody_else(talk: Talk) -> tuple[str | None, list[Request]]:
    """The first of the others who is answered while A is connected, and all that they asked."""
    asked = []
    for client in OTHERS:
        talk.open(client)
        asked.append(talk.ask(client, ASIDE_MS))
        if asked[-1].replied is not None:
            return client, asked
    return None, asked


def _answered(request: Request, watched: int) -> Request:
    if request.replied is None:
        beside = f", with {watched} silent connections beside it" if watched else ""
        raise ServerFault(
            f"client {request.client} was not answered within {PATIENCE_MS / 1000:g} s{beside}"
        )
    return request
