"""A fixed number of processes, each with a listen queue of its own, serve as many clients."""

from collections.abc import Iterator

from stage import SILENCE, Launch, those_with_reply

EXERCISE = "All workers accept from one shared listening socket: a busy worker takes no client."


def see(launch: Launch) -> None:
    with launch(WORKERS="4") as server:
        print("4 workers; children:", len(server.children()))
        clients = server.connect(64)
        for client in clients:
            client.send()
        served = those_with_reply(clients)
        print(f"64 clients send a line: replies for {len(served)}")
        for client in served:
            client.leave()
        waiting = [client for client in clients if client not in served]
        next_served = those_with_reply(waiting)
        print(f"these {len(served)} leave: replies for {len(next_served)} others")
    with launch(WORKERS="16") as server:
        clients = server.connect(16)
        for client in clients:
            client.send()
        print(f"16 workers, 16 clients: replies for about {len(those_with_reply(clients))}")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch(WORKERS="8") as server:
        for _ in range(3):
            clients = server.connect(8)
            for client in clients:
                client.send()
            all_served = len(those_with_reply(clients)) == 8
            if not all_served:
                break
            [ninth] = server.connect()
            ninth.send()
            waits = not ninth.has_reply(SILENCE)
            for client in (*clients, ninth):
                client.leave()
        yield "8 workers serve 8 clients, three times", all_served
        yield "a ninth client has no reply", waits
