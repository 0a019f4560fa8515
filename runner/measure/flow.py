"""How a flow of the talker ended, and what of it was wrong, in words for the author of the
server."""

from __future__ import annotations

from dataclasses import dataclass

from runner.engine.box import EngineError
from runner.untrusted import Line, whole

_MOST = 1 << 62
_BYTE = 255


@dataclass(frozen=True, slots=True)
class Flow:
    """`done` clients did all that was planned; the rest is of the client that fared worst. `what`
    became of it, and how many bytes it was to give (`give`), gave (`given`) and got `back`; `shut`
    if it has shut down its writing end. Of a wrong byte: what was `seen`, what was `due` (None: no
    byte at all), and whose bytes these are (`origin`), from number `place` on."""

    done: int
    gone: int
    client: str
    what: str
    given: int
    give: int
    back: int
    shut: bool
    seen: int = 0
    due: int | None = None
    origin: str = "unknown"
    place: int = 0

    @property
    def position(self) -> tuple[str, str, int, int]:
        """How far the client has come: equal after a while in which no byte moved."""
        return self.client, self.what, self.given, self.back

    @property
    def closed(self) -> bool:
        """Whether the server ended the connection."""
        return self.what in ("gone", "reset")


def flow_of(line: Line) -> Flow:
    """Raises EngineError where the talker printed something else."""

    def number(name: str, otherwise: int | None = None, most: int = _MOST) -> int:
        value = whole(line.fields.get(name, ""), 0, most)
        value = otherwise if value is None else value
        if value is None:
            raise EngineError(f"the talker says {line.word!r} without {name}=")
        return value

    return Flow(
        done=number("done"),
        gone=number("gone"),
        client=line.fields.get("client", ""),
        what=line.fields.get("what", "well"),
        given=number("given", 0),
        give=number("give", 0),
        back=number("back", 0),
        shut=number("shut", 0) == 1,
        seen=number("seen", 0, _BYTE),
        due=whole(line.fields.get("due", ""), 0, _BYTE),
        origin=line.fields.get("from", "unknown"),
        place=number("place", 0),
    )


def described(flow: Flow, seconds: float) -> str:
    """What the server did, where that was not what was due; `seconds` the client waited."""
    waited = f"for {seconds:.0f} s"
    match flow.what:
        case "wrong":
            return _misplaced(flow) or (
                f"byte {flow.back:,} of the reply is 0x{flow.seen:02x}, and the client had sent "
                f"0x{flow.due or 0:02x}"
            )
        case "extra":
            return _misplaced(flow) or _extra(flow)
        case "silent":
            return _silent(flow, waited)
    return {
        "gone": f"the server closed the connection after {_back(flow)}",
        "reset": f"the server reset the connection after {_back(flow)}",
        "slow": f"the server sent only {_back(flow)} back {waited}",
        "refused": "the connection was refused: no socket listens on the port",
        "pending": f"the client could not connect {waited}: the listen queue is full",
    }.get(flow.what, f"the client was {flow.what}")


def _back(flow: Flow) -> str:
    return f"{flow.back:,} of {flow.given:,} bytes"


def _silent(flow: Flow, waited: str) -> str:
    if flow.back == flow.give and flow.shut:
        every = f"all {flow.given:,} bytes came back, but " if flow.given else ""
        return f"{every}the server did not close the connection {waited} after the end of file"
    if flow.given < flow.give and flow.back == flow.given:
        return f"the server took {flow.given:,} of {flow.give:,} bytes, and then none {waited}"
    if flow.back == 0:
        return f"the server sent nothing back {waited}"
    return f"the server sent {_back(flow)} back and then nothing {waited}"


def _extra(flow: Flow) -> str:
    if flow.given == 0:
        return f"the server sent a byte (0x{flow.seen:02x}) before the client had sent any"
    return (
        f"the server sent all {flow.given:,} bytes back, and then one more (0x{flow.seen:02x}) "
        "that the client had not sent"
    )


def _misplaced(flow: Flow) -> str:
    """Of bytes that some client did send; empty where none did."""
    after = f"after {flow.back:,} right bytes" if flow.back else "from its first byte on"
    if flow.origin == "unknown":
        return ""
    if flow.origin == "earlier":
        return f"{after} the client got bytes that an earlier client had sent, which has left"
    if flow.origin != "own":
        return f"{after} client {flow.client} got bytes that client {flow.origin} had sent"
    if flow.place < flow.back:
        return f"{after} the reply repeats the client's bytes from number {flow.place:,} on"
    missing = flow.place - flow.back
    return (
        f"{after} the reply goes on with byte {flow.place:,} of what the client sent: "
        f"{missing:,} {'byte is' if missing == 1 else 'bytes are'} missing"
    )
