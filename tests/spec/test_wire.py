"""What a spec says is what goes over the wire, byte for byte."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.measure.load import workload
from runner.plan import Host, expand
from runner.spec import Suite, load
from runner.spec.effective import effective
from runner.spec.wire import escaped
from tests.examples import examples
from tests.spec.broken_spec import HEAD, lay

EVERY = bytes(range(256))

SAID = [
    (r'"\xff"', b"\xff"),
    (r'"\0"', b"\0"),
    (r'"\x00\x05hello\n"', b"\0\x05hello\n"),
    (r'"{\"text\": \"a\\nb\"}"', rb'{"text": "a\nb"}'),
    (r'"\\xff"', rb"\xff"),
    (r'"\\\xff"', b"\\\xff"),
    ('"é"', b"\xc3\xa9"),
    (r'"\u00e9\xe9"', b"\xc3\xa9\xe9"),
    (r"'{" + '"a": "b"' + r"}'", b'{"a": "b"}'),
    (r"'back\slash'", rb"back\slash"),
    ('"two\n      lines"', b"two lines"),
    (r'&name "\xff"', b"\xff"),
    ("PING", b"PING"),
    ("{hex: 00ff}", b"\0\xff"),
    ("{hex: '00 00 00 04 50 49 4e 47'}", b"\0\0\0\x04PING"),
    ("{hex: 12}", b"\x12"),
    ("{hex: '" + EVERY.hex() + "'}", EVERY),
    ('"' + "".join(rf"\x{byte:02X}" for byte in EVERY) + '"', EVERY),
]


def suite_of(tmp_path: Path, send: str, reply: str = "{bytes: 1B}") -> Suite:
    fleet = f"    fleet:\n     exchange:\n      send: {send}\n      reply: {reply}\n"
    return load(lay(tmp_path, {"spec.yaml": HEAD + fleet}))


def sent(suite: Suite) -> dict[str, str]:
    trial = expand(suite, Host(20_000, (0, 1)), repeat=1).trials[0]
    return dict(pairwise(workload(trial)))


@pytest.mark.parametrize(("said", "meant"), SAID, ids=[each[0][:30] for each in SAID])
def test_bytes_are_said_exactly(tmp_path: Path, said: str, meant: bytes) -> None:
    suite = suite_of(tmp_path, said)
    exchange = suite.experiments[0].fleet.exchange
    assert exchange is not None
    assert exchange.send == meant
    assert sent(suite)["--send"] == escaped(meant)


@pytest.mark.parametrize("kind", ["until", "exactly"])
def test_so_are_those_of_a_reply(tmp_path: Path, kind: str) -> None:
    assert sent(suite_of(tmp_path, "x", rf'{{{kind}: "\0\xff"}}'))["--reply"] == rf"{kind}:\x00\xff"
    assert sent(suite_of(tmp_path, "x", f"{{{kind}: {{hex: 00ff}}}}"))["--reply"] == (
        rf"{kind}:\x00\xff"
    )


def test_and_those_that_are_set_on_the_command_line(tmp_path: Path) -> None:
    spec = lay(
        tmp_path, {"spec.yaml": HEAD + "    fleet: {exchange: {send: x, reply: {until: y}}}\n"}
    )
    key = "experiments.a.fleet.exchange"
    suite = load(spec, [rf'{key}.send="\xff\0"', rf'{key}.reply={{until: "\xfe"}}'])
    assert (sent(suite)["--send"], sent(suite)["--reply"]) == (r"\xff\x00", r"until:\xfe")


@settings(deadline=None, max_examples=examples(50))
@given(send=st.binary(min_size=1, max_size=200))
def test_the_effective_spec_says_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, send: bytes
) -> None:
    folder = tmp_path_factory.mktemp("wire")
    suite = suite_of(folder, f"{{hex: '{send.hex()}'}}", f"{{until: {{hex: '{send.hex()}'}}}}")
    written = lay(folder, {"effective.yaml": effective(suite)})
    assert load(folder / "effective.yaml") == suite, written


def test_a_request_that_no_command_line_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="takes 128000 characters on the load generator's command"):
        suite_of(tmp_path, "{hex: '" + "00" * 32_000 + "'}")
