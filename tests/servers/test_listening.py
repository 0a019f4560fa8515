"""Which listeners a client of 127.0.0.1 reaches, by the kernel's own table."""

from __future__ import annotations

import os
import socket

import pytest

from runner.measure.listening import listeners


@pytest.mark.parametrize(
    ("family", "address", "reachable"),
    [
        (socket.AF_INET, "127.0.0.1", True),
        (socket.AF_INET, "0.0.0.0", True),  # noqa: S104 - for the time of this test
        (socket.AF_INET, "127.0.0.2", False),
        (socket.AF_INET, "127.127.127.127", False),
        (socket.AF_INET6, "::ffff:127.0.0.1", True),
        (socket.AF_INET6, "::ffff:127.0.0.2", False),
        (socket.AF_INET6, "::1", False),
    ],
)
def test_only_the_address_that_clients_use_is_reached(
    family: socket.AddressFamily, address: str, reachable: bool
) -> None:
    with socket.socket(family) as listener:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((address, 0))
        listener.listen()
        port = listener.getsockname()[1]
        seen = [each.reachable for each in listeners(os.getpid()) if each.port == port]
        assert seen == [reachable]
