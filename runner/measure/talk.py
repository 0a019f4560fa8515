"""The commands to the talker (the clients of a trace, and of the cases of the contract), one at a
time, and its answers: they have a largest size, and are typed where they are read."""

from __future__ import annotations

import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure import replies
from runner.measure.server import ServerFault, last_words, require_alive
from runner.spec import Exchange
from runner.trace.model import Request
from runner.untrusted import Line, whole

PATIENCE_MS = 3000
LIMIT_SECONDS = 60.0
"""Of a whole trace with all its conversations; one of them takes some two seconds."""
LOOK_MS, LOOKS = 10, 50
WORD = (9, 24)
"""Characters of a message."""
_GRACE = 5.0
_LOOKS, _LOOK_EACH = 4, 0.06
"""How often at least the server is looked at during a wait, and how many seconds apart in a long
one."""
_MOST = 1 << 62
_SHOWN = 40


@dataclass(slots=True)
class Overtime:
    """The one time limit of a trial with a talker, and how much of it clients spent waiting for an
    answer. `what` the trial is, for the reason: a trace, a case of the contract."""

    ends: float = field(default_factory=lambda: time.monotonic() + LIMIT_SECONDS)
    waited: float = 0.0
    what: str = "the trace"
    limit: float = LIMIT_SECONDS

    def left(self, spare: float = 0.0) -> float:
        """Seconds, without those to `spare`. Raises ServerFault or EngineError where there are
        none."""
        left = self.ends - time.monotonic() - spare
        if left > 0:
            return left
        text = f"{self.what} did not end within {self.limit:g} s"
        if self.waited > self.limit / 3:
            raise ServerFault(
                f"{text}: clients waited {self.waited:.0f} s of it for the server's replies"
            )
        raise EngineError(
            f"{text}, and the server is not the cause; try again on a quieter machine"
        )


@dataclass(slots=True)
class Talk:
    talker: Running
    server: Running
    overtime: Overtime
    draw: Random
    spoken: Exchange | None = None
    """The request and the end of its reply where the server does not echo."""
    ports: dict[str, int] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    heard_at: int = 0
    parts: dict[str, bytes] = field(default_factory=dict)
    """What each client has received of a reply that is not whole yet."""

    def tell(
        self, command: str, seconds: float = 0.0, during: Callable[[], None] | None = None
    ) -> Line:
        """The talker's answer; `during` is called some times while it is awaited. Raises
        EngineError, ServerFault."""
        most = min(seconds + _GRACE, self.overtime.left())
        self.talker.write_line(command)
        looks = max(_LOOKS, int(seconds / _LOOK_EACH)) if during else 0
        for _ in range(looks):
            try:
                return self._typed(command, self.talker.read_line(seconds / (looks + 1)))
            except SilenceError:
                assert during is not None  # noqa: S101 - else there is no look
                during()
        try:
            line = self.talker.read_line(most)
        except SilenceError:
            require_alive(self.server)
            self.overtime.left()
            raise EngineError(f"the talker does not answer {command!r}") from None
        return self._typed(command, line)

    def _typed(self, command: str, line: str | None) -> Line:
        if line is None or line.startswith("failed"):
            self._require_not_killed()
            require_alive(self.server, 1.0 if line else 0.0)
            if line and line.startswith("failed connect"):
                raise ServerFault(f"a client could not connect: {line[:80]}")
            raise EngineError(f"the talker: {line or last_words(self.talker)} ({command!r})")
        return Line.of(line)

    def _require_not_killed(self) -> None:
        """A talker that was killed has reset its connections, and a server may end because of
        that: the fault is not the server's. No server can end a talker by a signal."""
        ended = self.talker.exited(0.0)
        if ended is not None and (ended.signal or ended.oom or ended.outside):
            raise EngineError(f"the talker was killed ({ended})")

    def open(self, client: str, ms: int) -> bool:
        """Whether the client connected in that time."""
        answer = self.tell(f"open {client} {ms}", ms / 1000)
        if answer.word != "opened":
            return False
        self.ports[client] = self._number(answer, "port")
        self.opened[client] = self._number(answer, "at")
        return True

    def watch(self, count: int, ms: int) -> int:
        """How many of `count` silent clients connected."""
        answer = self.tell(f"watch {count} {ms}", ms / 1000)
        connected = whole(answer.fields.get("now", ""), 0, count)
        if connected is None:
            raise EngineError(f"the talker says {answer.word!r} to 'watch {count}'")
        return connected

    def inode(self, client: str) -> int:
        """The inode of the server's end of the connection; 0 where the server has not accepted
        it."""
        return self._number(self.tell(f"inode {client}"), "is")

    def await_accepted(self, client: str, ms: int) -> bool:
        """Whether the server accepts that connection within `ms`."""
        each = max(LOOK_MS, ms // LOOKS)
        for _ in range(ms // each):
            if self.inode(client):
                return True
            self.wait(each)
        return False

    def ask(self, client: str, patience_ms: int = PATIENCE_MS, quiet: int | None = None) -> Request:
        """Sends a request and waits for its reply. To a server that echoes this is random text,
        which no server can know beforehand."""
        if self.spoken is None:
            letters = string.ascii_letters + string.digits
            text = "".join(self.draw.choices(letters, k=self.draw.randint(*WORD)))
            command = f"send {client} {text}"
        else:
            text = self.spoken.send.split(b"\r\n")[0][:_SHOWN].decode("ascii", "replace")
            command = f"say {client} {self.spoken.send.hex()}"
        silent_since = quiet if quiet is not None else self.heard_at
        sent = self._number(self.tell(command), "at")
        return self.listen(Request(client, text, silent_since or sent, sent, None), patience_ms)

    def listen(self, request: Request, patience_ms: int) -> Request:
        """The request with the time of its reply, or without one where no reply came."""
        began = time.monotonic()
        if self.spoken is None:
            heard_at = self._echo(request.text, request.client, patience_ms)
        else:
            heard_at = self._reply(self.spoken, request.client, patience_ms)
        self.overtime.waited += time.monotonic() - began
        if heard_at is None:
            return request
        self.heard_at = heard_at
        return replace(request, replied=heard_at)

    def _echo(self, text: str, client: str, patience_ms: int) -> int | None:
        answer = self.tell(f"hear {client} {len(text)} {patience_ms}", patience_ms / 1000)
        self._require_open(answer, client)
        heard = answer.fields.get("text", "")
        if answer.word == "silence" and text.startswith(heard):
            return None
        if heard != text:
            raise ServerFault(
                f"the server replied {heard[:_SHOWN]!r} to {text!r}: a traced server must echo, or "
                "have a `protocol` or an `exchange`"
            )
        return self._number(answer, "at")

    def _reply(self, spoken: Exchange, client: str, patience_ms: int) -> int | None:
        """Piece by piece, until it is whole."""
        ends = time.monotonic() + patience_ms / 1000
        while (left_ms := int(1000 * (ends - time.monotonic()))) > 0:
            answer = self.tell(f"take {client} {left_ms}", left_ms / 1000)
            self._require_open(answer, client)
            if answer.word == "silence":
                return None
            received = self.parts.pop(client, b"") + self._bytes(answer)
            try:
                if replies.whole(spoken.reply, received):
                    return self._number(answer, "at")
            except replies.WrongReplyError as wrong:
                sent = replies.shown(spoken.send)
                raise ServerFault(f"the server replied to {sent} {wrong}") from None
            self.parts[client] = received
        return None

    def _require_open(self, answer: Line, client: str) -> None:
        if answer.word == "gone":
            require_alive(self.server, 0.2)
            raise ServerFault(f"the server closed the connection of client {client}")

    def _bytes(self, answer: Line) -> bytes:
        try:
            return bytes.fromhex(answer.fields["hex"])
        except (KeyError, ValueError):
            raise EngineError(f"the talker says {answer.word!r} without hex=") from None

    def wait(self, ms: int, during: Callable[[], None] | None = None) -> None:
        self.tell(f"wait {ms}", ms / 1000, during)

    def _number(self, answer: Line, name: str) -> int:
        number = whole(answer.fields.get(name, ""), 0, _MOST)
        if number is None:
            if answer.word == "gone":
                require_alive(self.server, 0.2)
                raise ServerFault("the server closed the connection of a client")
            raise EngineError(f"the talker says {answer.word!r} without {name}=")
        return number
