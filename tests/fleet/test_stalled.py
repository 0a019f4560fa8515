"""Listeners beside others that do not read; and aplay itself, held to its contract."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import servers
from .driving import errors, fleet
from .heard import check_whole, counts
from .players import Player, command, handler
from .servers import serving

APLAY = Path(__file__).parents[2] / "labs" / "aplay" / "server.py"


# ---- who does not read -----------------------------------------------------------------


def unsent(player: Player) -> int:
    """Bytes that the listener's kernel has not taken."""
    answer = fcntl.ioctl(player.connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    return int(struct.unpack("i", answer)[0])


def test_the_stalled_are_counted_apart(program: str) -> None:
    """Of three that do not read two are dropped; the two that listen hear every frame."""
    dropped = threading.Semaphore(0)
    turns = threading.Semaphore(2)

    def script(player: Player) -> None:
        player.begin()
        player.play(20)  # 6,800 bytes: more than one who stalls has room for
        patience = time.monotonic() + 3
        while unsent(player) and time.monotonic() < patience:
            player.wait_until_due()
            player.skip(1)
        if not unsent(player):
            player.play(100000)
        elif turns.acquire(blocking=False):
            servers.reset(player.connection)
            dropped.release()
        else:
            player.wait()

    asked = ["--listeners", "2", "--stalled", "3", "--duration", "60m"]
    with (
        serving(handler(script)) as server,
        fleet(command(program, server.port, *asked)) as one,
    ):
        assert one.until("connected")["idle"] == 3
        for _ in range(2):
            assert dropped.acquire(timeout=30)
        one.until("progress")
        one.until("progress")
        one.process.terminate()
        result = one.result()
    check_whole(result)
    assert errors(result) == {}
    assert (result["idle_alive"], result["active_alive"]) == (1, 2)
    assert result["stream"]["stalled"] == {"asked": 3, "dropped": 2, "alive": 1}
    assert result["stream"]["corrupt"] == result["stream"]["disordered"] == 0
    assert result["stream"]["frames"] > 40


# ---- aplay itself ----------------------------------------------------------------------


@contextlib.contextmanager
def aplay() -> Iterator[int]:
    """The lab's server; its port."""
    environment = {**os.environ, "PORT": "0"}
    environment.pop("AUDIO", None)
    with subprocess.Popen(
        [sys.executable, str(APLAY)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().split()[1].removeprefix("port="))
        finally:
            process.terminate()


@pytest.mark.parametrize("control", ["0", "60"])
def test_aplay_keeps_its_contract(program: str, control: str) -> None:
    asked = ["--listeners", "5", "--stalled", "2", "--control", control]
    with (
        aplay() as port,
        fleet(command(program, port, *asked, "--warmup", "100ms", "--duration", "1s")) as one,
    ):
        result = one.result()
    check_whole(result)
    assert errors(result) == {}
    assert {"disordered", "corrupt", "early"}.isdisjoint(counts(result))
    assert result["stream"]["frames"] > 0
    assert result["stream"]["control"]["sent"] == result["stream"]["control"]["answered"]
    assert (result["stream"]["control"]["sent"] > 0) == (control != "0")
    assert result["stream"]["stalled"] == {"asked": 2, "dropped": 0, "alive": 2}
    assert result["active_alive"] == 5


def test_aplay_drops_who_stalls_for_5_s(fleet_program: Path) -> None:
    asked = ["--listeners", "2", "--stalled", "2", "--duration", "60m"]
    with aplay() as port, fleet(command(str(fleet_program), port, *asked)) as one:
        one.until("progress", connected=2)
        one.process.terminate()
        result = one.result()
    assert errors(result) == {}
    assert result["stream"]["stalled"] == {"asked": 2, "dropped": 2, "alive": 0}
    assert result["active_alive"] == 2
