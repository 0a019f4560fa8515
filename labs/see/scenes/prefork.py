"""A fixed number of processes, each with a listen queue of its own, serve as many clients."""

from collections.abc import Iterator

from stage import SILENCE, Launch, those_with_reply
from workers import served_of_sixteen, two_shifts

EXERCISE = "All workers accept from one shared listening socket: a busy worker takes no client."


def see(launch: Launch) -> None:
    with launch(WORKERS="4") as server:
        print("4 workers; children:", len(server.children()))
        two_shifts(server)
    with launch(WORKERS="16") as server:
        print(f"16 workers, 16 clients: replies for about {served_of_sixteen(server)}")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch(WORKERS="8") as server:
        for _ in range(3):
            clients = server.connect_and_send(8)
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
