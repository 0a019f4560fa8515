"""Which cluster may be used: what was typed, and what the user has declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.cluster.address import (
    Address,
    AddressError,
    Keys,
    declared_networks,
    require_declared,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("local:3", Address(local=3)),
        ("tcp://10.1.2.3:8786", Address(url="tcp://10.1.2.3:8786")),
        ("tls://head.example:8786", Address(url="tls://head.example:8786")),
        ("tls://[::1]:8786", Address(url="tls://[::1]:8786")),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert Address.of(text) == address


@pytest.mark.parametrize(
    "text", ["local", "local:0", "local:99", "10.1.2.3", "10.1.2.3:8786", "http://h:1", "tcp://h",
             "tcp://h:99999", "ucx://h:1", "tcp://h:1/x"]
)  # fmt: skip
def test_what_is_no_address_is_refused_with_what_to_type(text: str) -> None:
    with pytest.raises(AddressError, match="type "):
        Address.of(text)


def test_only_what_is_declared_or_loopback_may_be_spoken_to() -> None:
    declared = declared_networks(["# ours", "10.1.2.0/24", "10.9.9.9 # head", ""], "clusters")
    for fine in ("tcp://127.0.0.1:1", "tls://[::1]:1", "tcp://10.1.2.77:8786", "tls://10.9.9.9:1"):
        require_declared(fine, declared, "clusters")
    for foreign in ("tcp://10.1.3.1:8786", "tls://10.9.9.8:8786"):
        with pytest.raises(AddressError, match=r"write the line 10\.[13-9]\S+, or its network"):
            require_declared(foreign, declared, "clusters")
    with pytest.raises(AddressError, match=r"tcp:// and tls:// alone"):
        require_declared("inproc://1/2", declared, "clusters")


def test_a_line_that_is_no_address_is_named() -> None:
    with pytest.raises(AddressError, match=r"clusters:2: '10\.1\.2\.3/8' is no address"):
        declared_networks(["10.0.0.1", "10.1.2.3/8"], "clusters")


def test_tls_needs_all_of_its_files(tmp_path: Path) -> None:
    there = tmp_path / "ca.pem"
    there.write_text("")
    Keys().require_whole()
    Keys(there, there, there).require_whole()
    with pytest.raises(AddressError, match="--tls-cert and --tls-key missing"):
        Keys(there).require_whole()
    with pytest.raises(AddressError, match=r"--tls-key .*there is no such file"):
        Keys(there, there, tmp_path / "none").require_whole()
