"""When the bytes that came back are a whole reply, and when they never will be."""

from __future__ import annotations

import pytest

from runner.measure.replies import WrongReplyError, whole
from runner.spec.exchange import Reply

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
WHOLE = {
    "so many bytes": (Reply.model_validate({"bytes": "4B"}), b"abcd"),
    "until a delimiter": (Reply(until=b"\r\n"), b"a reply\r\n"),
    "exactly these": (Reply(exactly=b"END\r\n"), b"END\r\n"),
    "a body of known length": (Reply(http=200), HEAD + b"ok"),
    "no body": (Reply(http=204), b"HTTP/1.1 204 No Content\r\n\r\n"),
    "chunks": (Reply(http=200), CHUNKED),
}
WRONG = {
    "with bytes after the end of its reply: 'e'": (Reply.model_validate({"bytes": "4B"}), b"abcde"),
    "with bytes after the end of its reply: 'more'": (Reply(until=b"\n"), b"a line\nmore"),
    "'ENDS', not 'END": (Reply(exactly=b"END\r\n"), b"ENDS"),
    "with the status 404, not 200": (Reply(http=200), HEAD.replace(b"200 OK", b"404 No")),
    "without Content-Length": (Reply(http=200), b"HTTP/1.1 200 OK\r\n\r\nok"),
    "which is not HTTP/1.x": (Reply(http=200), b"SSH-2.0"),
    "with bytes after the end of its reply: 'HTTP": (Reply(http=200), HEAD + b"ok" + HEAD),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_reply_is_whole_with_its_last_byte_and_not_before(name: str) -> None:
    reply, received = WHOLE[name]
    assert not any(whole(reply, received[:length]) for length in range(len(received)))
    assert whole(reply, received)


@pytest.mark.parametrize("why", WRONG)
def test_what_can_never_be_right_is_said_at_once(why: str) -> None:
    reply, received = WRONG[why]
    with pytest.raises(WrongReplyError) as caught:
        whole(reply, received)
    assert why in str(caught.value)
