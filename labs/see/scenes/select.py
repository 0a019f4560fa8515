"""One thread waits for all clients in one call, until a descriptor has no bit in the sets."""

from collections.abc import Iterator

from multiplexed import eleven_hundred, three_in_turn
from stage import Launch

EXERCISE = "The server also watches its standard input, and exits with status 0 at end of file."


def see(launch: Launch) -> None:
    with launch() as server:
        three_in_turn(server)
    for nofile in (256, 4096):
        with launch(nofile=nofile) as server:
            eleven_hundred(server, nofile)


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        [client] = server.connect()
        client.send()
        yield "A sends a line and has its reply", client.has_reply()
        server.type_line()
        client.send()
        yield "a line on standard input; A still has its reply", client.has_reply(3)
        yield "end of file; the server exits with status 0", server.end_of_input(2) == 0
