"""The stream contract, labs/aplay/CONTRACT.md: what is heard, when, and what listeners are told.

No speed is asserted. A frame has an earliest time (the listener knows when it asked), and the
only latest time is a deadline that turns a hang into a failure. Time passes for a test when
another listener has heard so many frames.
"""

import array
import io
import math
import random
import re
import select
import signal
import socket
import struct
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from .capabilities import Variant
from .servers import DEADLINE, ProcessEngine, Server, wait_until

APLAY = Variant("aplay", "python")
HEADER = struct.Struct(">2sBcIQI")
RATE, FRAME, PERIOD = 8000, 160, 0.020
TABLE = [math.floor(10000 * math.sin(2 * math.pi * 440 * j / RATE) + 0.5) for j in range(RATE)]


def tone(position: int, count: int) -> bytes:
    samples = [TABLE[i % RATE] for i in range(position, position + count)]
    return struct.pack(f"<{count}h", *samples)


@dataclass(frozen=True, slots=True)
class Frame:
    kind: str
    number: int
    position: int
    payload: bytes
    at: float

    def text(self) -> str:
        return self.payload.decode()


def words(answer: str) -> dict[str, str]:
    """The words behind OK or END."""
    return dict(re.findall(r"(\w+)=(\w+)", answer))


@dataclass(slots=True)
class Listener:
    """One connection. All that came is in `frames`, in order."""

    client: socket.socket
    unread: bytes = b""
    frames: list[Frame] = field(default_factory=list)
    ended: bool = False

    def send(self, *lines: str) -> None:
        self.client.sendall("".join(line + "\n" for line in lines).encode("latin-1"))

    def receive(self) -> None:
        """What is there now; waits for the first byte of it."""
        try:
            data = self.client.recv(65536)
        except ConnectionResetError:
            data = b""
        now = time.monotonic()
        self.ended = not data
        self.unread += data
        while len(self.unread) >= HEADER.size:
            magic, version, kind, number, position, length = HEADER.unpack_from(self.unread)
            assert (magic, version) == (b"AP", 1)
            end = HEADER.size + length
            if len(self.unread) < end:
                break
            payload, self.unread = self.unread[HEADER.size : end], self.unread[end:]
            self.frames.append(Frame(kind.decode(), number, position, payload, now))

    def audio(self) -> list[Frame]:
        return [frame for frame in self.frames if frame.kind == "A"]

    def texts(self) -> list[str]:
        return [frame.text() for frame in self.frames if frame.kind == "T"]

    def wait_for_audio(self, count: int) -> list[Frame]:
        listen([self], lambda each: len(each.audio()) >= count)
        return self.audio()

    def wait_for_texts(self, count: int) -> list[str]:
        listen([self], lambda each: len(each.texts()) >= count)
        return self.texts()

    def ask(self, line: str) -> str:
        """The answer to this line."""
        count = len(self.texts())
        self.send(line)
        return self.wait_for_texts(count + 1)[count]

    def has_end(self) -> bool:
        return any(text.startswith("END ") for text in self.texts())


def listen(listeners: Sequence[Listener], done: Callable[[Listener], bool]) -> None:
    """Let all of them receive until each is done."""
    end = time.monotonic() + 3 * DEADLINE
    while waiting := [each for each in listeners if not done(each)]:
        assert time.monotonic() < end, f"{len(waiting)} of {len(listeners)} wait for ever"
        assert not any(each.ended for each in waiting), "closed too early"
        poller = select.poll()
        by_fd = {each.client.fileno(): each for each in waiting}
        for fd in by_fd:
            poller.register(fd, select.POLLIN)
        for fd, _ in poller.poll(1000):
            by_fd[fd].receive()


@pytest.fixture
def server(engine: ProcessEngine) -> Server:
    return engine.launch(APLAY)


@pytest.fixture
def listener(server: Server) -> Iterator[Listener]:
    with server.connect() as client:
        yield Listener(client)


def assert_whole(heard: Sequence[Frame], start: int, frames: int) -> None:
    """Every frame, in order, with the samples of its place."""
    assert [frame.number for frame in heard] == list(range(frames))
    assert_right(heard, start)


def assert_right(heard: Sequence[Frame], start: int = 0) -> None:
    """In order, gaps allowed: each frame is the one that its number promises."""
    numbers = [frame.number for frame in heard]
    assert numbers == sorted(set(numbers))
    for frame in heard:
        assert frame.position == start + frame.number * FRAME
        assert frame.payload == tone(frame.position, FRAME)


# ---- What is heard -----------------------------------------------------------------


def test_table_rounds_alike_everywhere() -> None:
    """CONTRACT.md promises C clients that no value is near a half, where roundings differ."""
    exact = [10000 * math.sin(2 * math.pi * 440 * j / RATE) for j in range(RATE)]
    assert min(abs(value - math.floor(value) - 0.5) for value in exact) > 1e-6


def test_nothing_plays_until_it_is_asked_for(server: Server, listener: Listener) -> None:
    with server.connect() as client:
        clock = Listener(client)
        clock.send("PLAY 1")
        clock.wait_for_audio(10)
    answer = listener.ask("STATUS")
    assert answer == "OK state=stopped position=0 left=0 frames=0 skipped=0\n"
    assert len(listener.frames) == 1


def test_a_play_is_whole_and_exact(listener: Listener) -> None:
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    started, *heard, ended = listener.frames
    assert started.text() == "OK state=playing position=0 left=8000 frames=0 skipped=0\n"
    assert_whole(heard, start=0, frames=50)
    assert ended.text() == "END state=stopped position=8000 left=0 frames=50 skipped=0\n"
    assert [started.number, ended.number] == [0, 1]


def test_the_next_play_joins_on(listener: Listener) -> None:
    for _ in range(2):
        listener.send("PLAY 1")
        listen([listener], Listener.has_end)
        listener.frames = [frame for frame in listener.frames if frame.kind == "A"]
    assert_whole(listener.audio(), start=0, frames=100)


def test_no_frame_is_early(listener: Listener) -> None:
    asked = time.monotonic()
    listener.send("PLAY 2")
    listen([listener], Listener.has_end)
    early = [f.number for f in listener.audio() if f.at - asked < f.number * PERIOD]
    assert early == []
    assert listener.frames[-1].at - asked >= 2.0, "END comes when the last frame is over"


def test_frames_come_one_by_one(listener: Listener) -> None:
    """Not all at the end: when one frame is heard, those of a second later are not there yet."""
    listener.send("PLAY 3")
    asked = time.monotonic()
    listener.wait_for_audio(1)
    assert len(listener.audio()) <= (time.monotonic() - asked) / PERIOD + 1


# ---- Raw, for pipes ----------------------------------------------------------------


def everything(server: Server, line: str) -> bytes:
    """What `printf line | nc` prints."""
    with server.connect() as client:
        client.sendall(line.encode() + b"\n")
        client.shutdown(socket.SHUT_WR)
        heard = b""
        while data := client.recv(65536):
            heard += data
    return heard


def strength(samples: Sequence[int], frequency: float) -> float:
    """Of this frequency in the spectrum (Goertzel), as the amplitude of a sine wave."""
    factor = 2 * math.cos(2 * math.pi * frequency / RATE)
    one, two = 0.0, 0.0
    for sample in samples:
        one, two = sample + factor * one - two, one
    return 2 * math.sqrt(one * one + two * two - factor * one * two) / len(samples)


def assert_pitch(samples: Sequence[int], frequency: int = 440) -> None:
    near = range(frequency - 3, frequency + 4)
    spectrum = {f: strength(samples, f) for f in [*near, *range(20, 4000, 60)]}
    loudest = max(spectrum, key=spectrum.__getitem__)
    assert loudest == frequency
    assert max(spectrum[f] for f in spectrum if f not in near) < spectrum[loudest] / 50


def test_wav_has_the_right_pitch_and_length(server: Server) -> None:
    with wave.open(io.BytesIO(everything(server, "PLAY 2 WAV"))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == 2 * RATE
        data = file.readframes(3 * RATE)
    samples = struct.unpack(f"<{2 * RATE}h", data)
    assert len(samples) == 2 * RATE
    assert_pitch(samples[:RATE])


def test_raw_is_samples_and_nothing_else(server: Server) -> None:
    assert everything(server, "PLAY 1 RAW") == tone(0, RATE)


def test_raw_ends_with_the_play_and_answers_nothing(server: Server) -> None:
    with server.connect() as client:
        client.sendall(b"PLAY 1 RAW\nSTATUS\nnonsense\n")
        heard = b""
        while data := client.recv(65536):
            heard += data
    assert heard == tone(0, RATE)


# ---- Lines -------------------------------------------------------------------------


def test_pause_holds_and_play_goes_on(server: Server, listener: Listener) -> None:
    listener.send("PLAY 5")
    listener.wait_for_audio(5)
    held = words(listener.ask("PAUSE"))
    assert held["state"] == "paused"
    count = len(listener.audio())
    assert int(held["position"]) == count * FRAME
    with server.connect() as client:
        clock = Listener(client)
        clock.send("PLAY 1")
        clock.wait_for_audio(10)
    assert words(listener.ask("STATUS")) == held
    assert len(listener.audio()) == count, "nothing came while it was held"
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    assert_whole(listener.audio(), start=0, frames=count + 50)


def test_seek_moves_the_next_sample(listener: Listener) -> None:
    listener.send("PLAY 60")
    listener.wait_for_audio(3)
    assert words(listener.ask("SEEK 12345"))["position"] == str(12345 * 8)
    before = len(listener.audio())
    after = listener.wait_for_audio(before + 5)[before:]
    assert [frame.number for frame in after[:5]] == list(range(before, before + 5))
    assert_right(after, start=12345 * 8 - before * FRAME)


def test_seek_before_play(listener: Listener) -> None:
    assert "state=stopped position=4000 " in listener.ask("SEEK 500")
    listener.send("PLAY 1")
    assert_right(listener.wait_for_audio(5), start=4000)


def test_stop_goes_back_to_the_beginning(listener: Listener) -> None:
    listener.send("PLAY 60")
    listener.wait_for_audio(3)
    assert re.match(r"OK state=stopped position=0 left=0 ", listener.ask("STOP"))
    before, asked = len(listener.audio()), time.monotonic()
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    again = listener.audio()[before:]
    assert_right(again, start=-before * FRAME)
    assert [f.number for f in again if f.at - asked < (f.number - before) * PERIOD] == []
    assert [text.split()[0] for text in listener.texts()] == ["OK", "OK", "OK", "END"]


def test_play_while_playing_keeps_step(listener: Listener) -> None:
    """No frame is lost, doubled or early; only what is left is new."""
    asked = time.monotonic()
    listener.send("PLAY 60")
    listener.wait_for_audio(3)
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    heard = listener.audio()
    assert 53 <= len(heard) < 200
    assert_whole(heard, start=0, frames=len(heard))
    assert [f.number for f in heard if f.at - asked < f.number * PERIOD] == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "expected PLAY n"),
        ("SING", "expected PLAY n"),
        ("STOP now", "expected PLAY n"),
        ("PLAY", "expected PLAY n"),
        ("PLAY 1 LOUD", "expected PLAY n"),
        ("\xff\xfe\x00", "expected PLAY n"),
        ("PLAY 0", "whole number from 1 to 86400"),
        ("PLAY -1", "whole number from 1 to 86400"),
        ("PLAY 1.5", "whole number from 1 to 86400"),
        ("PLAY 86401", "whole number from 1 to 86400"),
        ("SEEK " + 70 * "9", "whole number from 0 to 86400000"),
        (81 * "x", "at most 80 characters"),
        (100_000 * "x", "at most 80 characters"),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_bad_line_is_one_clear_error(listener: Listener, line: str, reason: str) -> None:
    answer = listener.ask(line)
    assert answer.startswith("ERR ")
    assert reason in answer
    assert answer.isascii() or "\ufffd" in answer
    assert listener.ask("STATUS") == "OK state=stopped position=0 left=0 frames=0 skipped=0\n"
    assert len(listener.frames) == 2


def test_a_line_without_end_costs_no_memory(server: Server, listener: Listener) -> None:
    listener.ask("STATUS")
    memory = server.resident()
    for _ in range(64):
        listener.client.sendall(bytes(65536))
    with server.connect() as client:
        assert Listener(client).ask("STATUS").startswith("OK "), "others are served meanwhile"
    assert server.resident() - memory < 1 << 20
    assert "at most 80 characters" in listener.ask("")
    assert len(listener.frames) == 2


def test_lines_may_come_in_pieces_and_from_telnet(listener: Listener) -> None:
    for piece in (b"pl", b"ay 1", b"\r", b"\n"):
        listener.client.sendall(piece)
    assert_right(listener.wait_for_audio(1))


def test_many_lines_at_once_are_answered_in_order(listener: Listener) -> None:
    listener.send(*(f"SEEK {ms}" for ms in range(2000)))
    answers = [words(text)["position"] for text in listener.wait_for_texts(2000)]
    assert answers == [str(ms * 8) for ms in range(2000)]
    assert [frame.number for frame in listener.frames] == list(range(2000))


def test_lines_are_obeyed_between_frames(listener: Listener) -> None:
    """And frames leave between lines: neither disturbs the other."""
    listener.send("PLAY 1")
    while not listener.has_end():
        assert listener.ask("STATUS").startswith(("OK ", "END "))
    assert_whole(listener.audio(), start=0, frames=50)


def test_eof_ends_a_silent_connection(listener: Listener) -> None:
    listener.send("PLAY 60", "PAUSE")
    listener.client.shutdown(socket.SHUT_WR)
    while not listener.ended:
        listener.receive()
    assert [text.split()[0] for text in listener.texts()] == ["OK", "OK"]


# ---- Many, and one that stalls -----------------------------------------------------


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


def test_a_stalled_listener_disturbs_nobody_and_is_dropped(server: Server) -> None:
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
    assert server.cpu_share() < 0.25
    for each in good:
        each.client.close()
    stalled.close()


def test_who_reads_too_late_hears_a_gap(server: Server, listener: Listener) -> None:
    """What the kernel kept, then a gap in the numbers, then what is due now."""
    late = Listener(server.connect(receive_buffer=4096))
    late.send("PLAY 6")
    listener.send("PLAY 4")
    listen([listener], Listener.has_end)
    listen([late], Listener.has_end)
    heard = late.audio()
    assert_right(heard)
    end = words(late.texts()[-1])
    assert int(end["frames"]) == 300
    assert int(end["skipped"]) == 300 - len(heard) > 0
    assert_whole(listener.audio(), start=0, frames=200)
    late.client.close()


def test_who_does_not_read_answers_is_not_read_from(server: Server, listener: Listener) -> None:
    """However many lines it has for us: no memory, no harm to others, and a reset in the end."""
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


def test_who_leaves_in_the_middle_hurts_nobody(server: Server, listener: Listener) -> None:
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
    """Stopped for two seconds, 100 frames are late: 50 come at once, the others never."""
    listener.send("PLAY 60")
    listener.wait_for_audio(5)
    server.kill(signal.SIGSTOP)
    select.select([], [], [], 2.0)  # the stimulus itself, not a wait for something
    server.kill(signal.SIGCONT)
    listener.wait_for_audio(len(listener.audio()) + 80)
    heard = listener.audio()
    assert_right(heard)
    skipped = heard[-1].number + 1 - len(heard)
    assert skipped >= 40
    gaps = [b.number - a.number for a, b in pairwise(heard)]
    assert sorted(gaps)[-2] == 1, "one gap"
    after = gaps.index(max(gaps)) + 1
    assert heard[after + 40].at - heard[after].at < 40 * PERIOD / 2, "faster than the clock"


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


# ---- A file ------------------------------------------------------------------------


def write_wav(
    path: Path, samples: Sequence[int], *, rate: int = RATE, channels: int = 1, width: int = 2
) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(array.array("h" if width == 2 else "b", samples).tobytes())
    return path


def test_a_file_is_played_to_its_last_sample(engine: ProcessEngine, tmp_path: Path) -> None:
    chance = random.Random(9)
    samples = [chance.randint(-32768, 32767) for _ in range(RATE // 2 + 7)]
    path = write_wav(tmp_path / "noise.wav", samples)
    server = engine.launch(APLAY, env={"AUDIO": str(path)})
    with server.connect() as client:
        listener = Listener(client)
        listener.send("PLAY 60")
        listen([listener], Listener.has_end)
        heard = b"".join(frame.payload for frame in listener.audio())
        assert heard == struct.pack(f"<{len(samples)}h", *samples)
        assert words(listener.texts()[-1])["position"] == str(len(samples))
        assert listener.ask("SEEK 501") == "ERR '501' is no whole number from 0 to 500\n"
        before = len(listener.audio())
        listener.send("PLAY 60")
        assert listener.wait_for_audio(before + 1)[before].position == 0


@pytest.mark.parametrize(("rate", "channels"), [(8000, 2), (16000, 1), (44100, 2), (4000, 1)])
def test_a_file_of_another_form_keeps_its_pitch_and_length(
    engine: ProcessEngine, tmp_path: Path, rate: int, channels: int
) -> None:
    one = [round(9000 * math.sin(2 * math.pi * 500 * i / rate)) for i in range(rate)]
    samples = [sample for sample in one for _ in range(channels)]
    path = write_wav(tmp_path / "tone.wav", samples, rate=rate, channels=channels)
    server = engine.launch(APLAY, env={"AUDIO": str(path)})
    heard = everything(server, "PLAY 9 RAW")
    assert len(heard) == 2 * RATE
    heard_samples = struct.unpack(f"<{RATE}h", heard)
    assert abs(strength(heard_samples, 500) - 9000) < 900
    assert strength(heard_samples, 440) < 100


@pytest.mark.parametrize("kind", ["missing", "text", "empty", "8 bits"])
def test_a_file_that_cannot_be_played_is_one_clear_line(
    engine: ProcessEngine, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "audio.wav"
    if kind == "text":
        path.write_text("This is no music at all.\n")
    elif kind == "empty":
        path.touch()
    elif kind == "8 bits":
        write_wav(path, [0] * 100, width=1)
    process, log = engine.popen(APLAY, env={"AUDIO": str(path)})
    output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert output == b""
    assert re.fullmatch(rf"AUDIO={re.escape(str(path))}: .+\n", log.read_text())
