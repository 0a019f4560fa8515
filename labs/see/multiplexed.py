"""What select and poll show alike: one thread, and as many clients as its descriptors allow."""

from stage import Server


def three_in_turn(server: Server) -> None:
    for name, client in zip("ABC", reversed(server.connect(3)), strict=True):
        client.send()
        print(f"{name} sends a line:", "reply" if client.has_reply() else "no reply")
    print("threads:", server.threads())
    print("all are silent, the thread, looked at 20 times:", server.states())


def eleven_hundred(server: Server, nofile: int, *, limit: bool = True) -> None:
    """Print for how many there is a reply, and the limit that the server reports."""
    clients = server.connect_and_send(1100)
    served = sum(client.has_reply() for client in clients)
    reported = f"; {server.line()}" if limit else ""
    print(f"ulimit -n {nofile}: of 1100 clients, replies for {served}{reported}")
    for client in clients:
        client.leave()
