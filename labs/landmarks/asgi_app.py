"""What uvicorn serves."""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"2")]


async def app(
    _scope: Message,
    _receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"ok"})
