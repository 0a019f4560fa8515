"""What a client saw, in words for the author of the server."""

from __future__ import annotations

import pytest

from runner.measure.flow import described, flow_of
from runner.untrusted import Line

SAID = [
    (
        "what=silent given=70000 give=70000 back=65536 shut=0",
        "the server sent 65,536 of 70,000 bytes back and then nothing for 5 s",
    ),
    ("what=silent given=9 give=9 back=0 shut=0", "the server sent nothing back for 5 s"),
    (
        "what=silent given=700 give=900 back=700 shut=0",
        "the server took 700 of 900 bytes, and then none for 5 s",
    ),
    (
        "what=silent given=20 give=20 back=20 shut=1",
        "all 20 bytes came back, but the server did not close the connection for 5 s after the end",
    ),
    (
        "what=silent given=0 give=0 back=0 shut=1",
        "the server did not close the connection for 5 s after the end of file",
    ),
    ("what=gone given=20 give=20 back=12 shut=0", "closed the connection after 12 of 20 bytes"),
    ("what=reset given=20 give=20 back=12 shut=0", "reset the connection after 12 of 20 bytes"),
    ("what=slow given=9000 give=9000 back=5000 shut=0", "only 5,000 of 9,000 bytes back for 5 s"),
    ("what=refused given=0 give=0 back=0 shut=0", "no socket listens on the port"),
    ("what=pending given=0 give=0 back=0 shut=0", "the listen queue is full"),
    (
        "what=wrong given=99 give=99 back=17 shut=0 seen=10 due=13 from=unknown place=0",
        "byte 17 of the reply is 0x0a, and the client had sent 0x0d",
    ),
    (
        "what=wrong given=90000 give=90000 back=65536 shut=0 seen=1 due=2 from=own place=70000",
        "the reply goes on with byte 70,000 of what the client sent: 4,464 bytes are missing",
    ),
    (
        "what=wrong given=99 give=99 back=0 shut=0 seen=1 due=2 from=own place=1",
        "from its first byte on the reply goes on with byte 1 of what the client sent: 1 byte is",
    ),
    (
        "what=wrong given=99 give=99 back=50 shut=0 seen=1 due=2 from=own place=40",
        "after 50 right bytes the reply repeats the client's bytes from number 40 on",
    ),
    (
        "what=wrong given=99 give=99 back=50 shut=0 seen=1 due=2 from=B place=40",
        "after 50 right bytes client A got bytes that client B had sent",
    ),
    (
        "what=wrong given=99 give=99 back=50 shut=0 seen=1 due=2 from=earlier place=40",
        "the client got bytes that an earlier client had sent, which has left",
    ),
    (
        "what=extra given=0 give=0 back=0 shut=0 seen=72 due=-1 from=unknown place=0",
        "the server sent a byte (0x48) before the client had sent any",
    ),
    (
        "what=extra given=30 give=30 back=30 shut=0 seen=72 due=-1 from=unknown place=0",
        "the server sent all 30 bytes back, and then one more (0x48) that the client had not sent",
    ),
    (
        "what=extra given=30 give=30 back=30 shut=0 seen=72 due=-1 from=own place=0",
        "after 30 right bytes the reply repeats the client's bytes from number 0 on",
    ),
]


@pytest.mark.parametrize(("line", "says"), SAID)
def test_what_was_seen_is_said(line: str, says: str) -> None:
    flow = flow_of(Line.of(f"flowed done=0 of=1 gone=0 client=A {line} at=1"))
    assert says in described(flow, 5)
