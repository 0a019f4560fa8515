"""A server that uses all of your loop: timers, tasks that await tasks, and cancellation. Given.

Each line of a client is a command, and each command has one line as its reply:

    sleep MS        slept MS                    after so many milliseconds
    race MS MS ...  ended MS MS ...             a task sleeps for each; in which order they ended
    cancel MS       cancelled, cleaned up       a task that sleeps for a minute is cancelled
    turns N         took N turns                a task that lets the others run N times
    patience MS     waiting, and then           waits for the next line, but no longer than MS
                    a line came | no line came
"""

from select import EPOLLIN
from socket import socket

from loop import Task, close, run, sleep, until
from sockets import recv, send_all
from start import accept_client, obey_signals, open_listener, say_ready

MINUTE = 60.0


async def accept_clients(listener: socket) -> None:
    while True:
        await until(listener, EPOLLIN)
        while client := accept_client(listener):
            Task(serve_client(client))


async def serve_client(client: socket) -> None:
    pending = b""
    try:
        while received := await recv(client, 4096):
            pending += received
            while b"\n" in pending:
                line, _, pending = pending.partition(b"\n")
                reply = await obey(client, line.decode("ascii", "replace"))
                await send_all(client, f"{reply}\n".encode())
    except OSError:
        pass  # the connection is lost
    finally:
        close(client)


async def obey(client: socket, line: str) -> str:
    """The reply to one command."""
    command, *words = line.split()
    numbers = [int(word) for word in words]
    match command:
        case "sleep":
            await sleep(numbers[0] / 1000)
            reply = f"slept {numbers[0]}"
        case "race":
            reply = f"ended {await race(numbers)}"
        case "cancel":
            reply = await cancelled_after(numbers[0] / 1000)
        case "turns":
            reply = f"took {await Task(take_turns(numbers[0]))} turns"
        case "patience":
            reply = await line_within(client, numbers[0] / 1000)
        case _:
            reply = f"unknown command: {command}"
    return reply


async def line_within(client: socket, seconds: float) -> str:
    await send_all(client, b"waiting\n")
    await until(client, EPOLLIN, seconds)
    try:
        client.recv(4096)
    except BlockingIOError:
        return "no line came"
    return "a line came"


async def race(numbers: list[int]) -> str:
    ended: list[str] = []

    async def run_for(ms: int) -> None:
        await sleep(ms / 1000)
        ended.append(str(ms))

    for runner in [Task(run_for(ms)) for ms in numbers]:
        await runner
    return " ".join(ended)


async def cancelled_after(seconds: float) -> str:
    done: list[str] = []

    async def sleep_long() -> None:
        try:
            await sleep(MINUTE)
            done.append("slept to the end")
        finally:
            done.append("cleaned up")

    sleeper = Task(sleep_long())
    await sleep(seconds)
    sleeper.cancel()
    await sleeper
    return ", ".join(["cancelled" if sleeper.done else "still there", *done])


async def take_turns(number: int) -> int:
    for _ in range(number):
        await sleep(0)
    return number


def main() -> None:
    obey_signals()
    listener = open_listener()
    say_ready(listener, "coroutines")
    run(accept_clients(listener))


main()
