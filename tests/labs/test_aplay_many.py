"""The stream contract: many listeners, and a listener that stalls, is late or leaves."""

import select
import signal
import socket
import struct
from itertools import pairwise

from .engines import ProcessEngine
from .listening import (
    APLAY,
    PERIOD,
    Listener,
    assert_right,
    assert_whole,
    listen,
    words,
)
from .servers import DEADLINE, Server, wait_until


def connect_all(server: Server, count: int) -> list[Listener]:
    return [Listener(server.connect()) for _ in range(count)]


def test_a_hundred_listeners(server: Server) -> None:
    listeners = connect_all(server, 100)
    for each in listeners:
        each.send("PLAY 1")
    listen(listeners, Listener.has_end)
    for each in listeners:
        assert_whole(each.audio(), start=0, frames=50)
        each.client.close()


def test_a_stalled_listener_delays_no_other_and_is_dropped(server: Server) -> None:
    good = connect_all(server, 20)
    good[0].ask("STATUS")
    before, memory = len(server.descriptors()), server.resident()
    stalled = server.connect(receive_buffer=4096)
    stalled.sendall(b"PLAY 60\n")
    for each in good:
        each.send("PLAY 3")
    listen(good, Listener.has_end)
    for each in good:
        assert_whole(each.audio(), start=0, frames=150)
    wait_until(lambda: len(server.descriptors()) == before, "it is dropped", 3 * DEADLINE)
    assert server.resident() - memory < 1 << 20
    assert server.rests()
    for each in good:
        each.client.close()
    stalled.close()


def test_a_listener_that_reads_too_late_gets_a_gap(server: Server, listener: Listener) -> None:
    """The listener gets the frames that the kernel kept, then a gap, then the frames that are
    due.
    """
    late = Listener(server.connect(receive_buffer=4096))
    late.send("PLAY 6")
    listener.send("PLAY 4")
    listen([listener], Listener.has_end)
    listen([late], Listener.has_end)
    played = late.audio()
    assert_right(played)
    end = words(late.texts()[-1])
    assert int(end["frames"]) == 300
    assert int(end["skipped"]) == 300 - len(played) > 0
    assert_whole(listener.audio(), start=0, frames=200)
    late.client.close()


def test_the_server_reads_no_more_from_a_listener_that_reads_no_answers(
    server: Server, listener: Listener
) -> None:
    """Its further commands cost the server no memory and delay no other listener; then a reset."""
    listener.ask("STATUS")
    before, memory = len(server.descriptors()), server.resident()
    listener.send("PLAY 2")
    talker = server.connect(receive_buffer=4096)
    talker.setblocking(False)
    sent, most = 0, 0

    def refused() -> bool:
        nonlocal sent, most
        most = max(most, server.resident() - memory)
        try:
            sent += talker.send(b"STATUS\n" * 1000)
        except BlockingIOError:
            pass
        except (ConnectionResetError, BrokenPipeError):
            return True
        return False

    wait_until(refused, "it is dropped", 3 * DEADLINE)
    assert sent > 100_000
    assert most < 1 << 20
    listen([listener], Listener.has_end)
    assert_whole(listener.audio(), start=0, frames=100)
    wait_until(lambda: len(server.descriptors()) == before, "its descriptor is closed")
    talker.close()


def test_a_listener_that_leaves_early_affects_no_other(server: Server, listener: Listener) -> None:
    listener.ask("STATUS")
    before = len(server.descriptors())
    listener.send("PLAY 2")
    for linger in (False, True) * 4:
        with server.connect() as client:
            client.sendall(b"PLAY 60\n")
            assert client.recv(1)
            if linger:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    listen([listener], Listener.has_end)
    assert_whole(listener.audio(), start=0, frames=100)
    wait_until(lambda: len(server.descriptors()) == before, "all descriptors are closed")


def test_a_late_server_catches_up_with_a_bounded_burst(server: Server, listener: Listener) -> None:
    """A server that stops for two seconds has 100 late frames: it sends 50 and skips the rest."""
    listener.send("PLAY 60")
    listener.wait_for_audio(5)
    server.kill(signal.SIGSTOP)
    select.select([], [], [], 2.0)  # the time is the stimulus, not a wait for an event
    server.kill(signal.SIGCONT)
    listener.wait_for_audio(len(listener.audio()) + 80)
    played = listener.audio()
    assert_right(played)
    skipped = played[-1].number + 1 - len(played)
    assert skipped >= 40
    gaps = [b.number - a.number for a, b in pairwise(played)]
    assert sorted(gaps)[-2] == 1, "one gap"
    after = gaps.index(max(gaps)) + 1
    assert played[after + 40].at - played[after].at < 40 * PERIOD / 2, "faster than the clock"


def test_no_descriptor_left(engine: ProcessEngine) -> None:
    server = engine.launch(APLAY, nofile="16:16")
    listeners: list[Listener] = []
    while True:
        refused = Listener(server.connect())
        refused.send("PLAY 1")
        refused.receive()
        if refused.ended:
            break
        listeners.append(refused)
    assert server.lines.wait_for(2)[1:] == ["REFUSED limit=EMFILE fd=16"]
    assert listeners
    listen(listeners, Listener.has_end)
    for each in [*listeners, refused]:
        each.client.close()
