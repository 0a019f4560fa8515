"""The commands of the READMEs: nc with every server, and the output of aplay in an audio
program.
"""

import re
import select
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from .capabilities import LABS, MODELS, Variant, variants_of
from .engines import ProcessEngine
from .listening import RATE, assert_pitch
from .servers import DEADLINE, Server

VARIANTS = [v for v in variants_of(*MODELS) if v.language != "c-sanitized"]


def documented(pattern: str, document: Path, server: Server) -> str:
    """Return the one command of the document that matches, with the port of this server."""
    [match] = re.findall(rf"^{pattern}(?=\s*(?:#.*)?$)", document.read_text(), re.MULTILINE)
    return re.sub(r"\b9\d{3}\b", str(server.port), str(match))


def needs(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program}; type: sudo apt-get install {package}")


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_nc_gets_every_line_back(engine: ProcessEngine, variant: Variant) -> None:
    needs("nc", "netcat-openbsd")
    server = engine.launch(variant)
    typed = shlex.split(documented("nc .*9000", LABS / "README.md", server))
    with subprocess.Popen(typed, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as nc:
        assert nc.stdin is not None
        assert nc.stdout is not None
        poller = select.poll()
        poller.register(nc.stdout, select.POLLIN)
        for line in (b"hello\n", "你好\n".encode(), b"\n"):
            nc.stdin.write(line)
            nc.stdin.flush()
            assert poller.poll(DEADLINE * 1000), f"{line!r} does not come back"
            assert nc.stdout.readline() == line
        nc.kill()


def test_what_aplay_plays_is_a_wav_file_of_the_right_pitch_and_length(server: Server) -> None:
    """Run the pipe of the README with the audio program that it names."""
    needs("nc", "netcat-openbsd")
    needs("sox", "sox")
    pipe = documented("printf .* stat", LABS / "aplay" / "README.md", server)
    printf, nc, sox = (shlex.split(command) for command in pipe.split(" | "))
    assert printf[0] == "printf"
    [seconds] = re.findall(r"PLAY (\d+) WAV", printf[1])
    command_line = printf[1].encode().decode("unicode_escape").encode()
    with subprocess.Popen(nc, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as playing:
        assert playing.stdin is not None
        playing_back = subprocess.Popen(
            sox, stdin=playing.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        playing.stdin.write(command_line)
        playing.stdin.close()
        _, report = playing_back.communicate(timeout=DEADLINE)
    measured = dict(re.findall(r"^(\w[\w ()]*?): +([\d.-]+)$", report.decode(), re.MULTILINE))
    assert float(measured["Length (seconds)"]) == float(seconds)
    assert abs(float(measured["Rough   frequency"]) - 440) <= 5
    assert float(measured["Maximum amplitude"]) == pytest.approx(10000 / 32768, abs=1e-4)


def test_samples_that_another_program_has_read_have_the_spectrum_of_the_tone(
    server: Server,
) -> None:
    needs("sox", "sox")
    with server.connect() as client:
        client.sendall(b"PLAY 1 WAV\n")
        received = b""
        while data := client.recv(65536):
            received += data
    raw = ["sox", "-t", "wav", "-", "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"]
    done = subprocess.run(raw, input=received, capture_output=True, check=True, timeout=DEADLINE)
    samples = memoryview(done.stdout).cast("h").tolist()
    assert len(samples) == RATE
    assert_pitch(samples)
