"""The stream contract: playing files, and streams through a pipe."""

import array
import io
import math
import random
import re
import struct
import wave
from collections.abc import Sequence
from pathlib import Path

import pytest

from .engines import ProcessEngine
from .listening import (
    APLAY,
    RATE,
    Listener,
    assert_pitch,
    everything,
    listen,
    strength,
    tone,
    words,
)
from .servers import DEADLINE, Server


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
        received = b""
        while data := client.recv(65536):
            received += data
    assert received == tone(0, RATE)


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
        received = b"".join(frame.payload for frame in listener.audio())
        assert received == struct.pack(f"<{len(samples)}h", *samples)
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
    received = everything(server, "PLAY 9 RAW")
    assert len(received) == 2 * RATE
    received_samples = struct.unpack(f"<{RATE}h", received)
    assert abs(strength(received_samples, 500) - 9000) < 900
    assert strength(received_samples, 440) < 100


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
