"""One thread waits for all clients in one call, until a descriptor has no bit in the sets."""

from collections.abc import Iterator

from stage import Launch

EXERCISE = "The server also watches its standard input, and exits with status 0 at end of file."


def see(launch: Launch) -> None:
    with launch() as server:
        clients = server.connect(3)
        for name, client in zip("ABC", reversed(clients), strict=True):
            client.send()
            print(f"{name} sends a line:", "reply" if client.has_reply() else "no reply")
        print("threads:", server.threads())
        print("all are silent, the thread, looked at 20 times:", server.states())
    for nofile in (256, 4096):
        with launch(nofile=nofile) as server:
            clients = server.connect(1100)
            for client in clients:
                client.send_if_connected()
            served = sum(client.has_reply() for client in clients)
            print(f"ulimit -n {nofile}: of 1100 clients, replies for {served}; {server.line()}")
            for client in clients:
                client.leave()


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        [client] = server.connect()
        client.send()
        yield "A sends a line and has its reply", client.has_reply()
        server.type_line()
        client.send()
        yield "a line on standard input; A still has its reply", client.has_reply(3)
        yield "end of file; the server exits with status 0", server.end_of_input(2) == 0
