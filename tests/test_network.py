"""What the kernel counts of a network, from files as it prints them."""

from __future__ import annotations

from pathlib import Path

from runner.machine.network import Traffic, device_to, dropped, traffic

DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  900  9    7    7    7     0          0         0      900  9    7    7    7     0       0          0
  eth0:12345 99    1    2    3     0          0         0     6789 88    4    5    6     0       0          0
"""  # noqa: E501 - the kernel's


def test_drops_are_those_of_the_device_alone(tmp_path: Path) -> None:
    (tmp_path / "dev").write_text(DEV)
    assert dropped(["eth0"], tmp_path) == 21
    assert dropped(["eth0", "lo"], tmp_path) == 21 + 42
    assert dropped(["wlan0"], tmp_path) == 0
    assert dropped(["eth0"], tmp_path / "none") == 0


def test_of_two_looks_the_difference_counts() -> None:
    assert Traffic(9, 8, 7).since(Traffic(1, 2, 3)) == Traffic(8, 6, 4)
    here = traffic(["lo"])
    later = traffic(["lo"])
    assert min(later.since(here).retransmits, later.since(here).needless) >= 0


def test_this_machine_reaches_itself_by_loopback() -> None:
    assert device_to("127.0.0.1") == "lo"
