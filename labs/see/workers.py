"""What prefork and prethread show alike: as many clients are served as there are workers free."""

from stage import Server, those_with_reply


def two_shifts(server: Server) -> None:
    """64 clients come. Those with a reply leave, and others are served in their places."""
    clients = server.connect_and_send(64)
    served = those_with_reply(clients)
    print(f"64 clients send a line: replies for {len(served)}")
    for client in served:
        client.leave()
    next_served = those_with_reply([client for client in clients if client not in served])
    print(f"these {len(served)} leave: replies for {len(next_served)} others")


def served_of_sixteen(server: Server) -> int:
    return len(those_with_reply(server.connect_and_send(16)))
