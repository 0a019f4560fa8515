"""Whatever a file holds: a plain copy, or one line that says why not."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.grade.intake import IntakeError, intake
from tests.examples import examples
from tests.grade.packing import FILES, PACKERS, Entry, pax, raw_tar, raw_zip, tar_member
from tests.grade.taking import assert_plain, assert_reason, written

SEEDS = {
    **{name: pack(FILES) for name, pack in PACKERS.items()},
    "nested": PACKERS["zip"]({"alice/hw.tar": PACKERS["tar"](FILES)}),
    "windows": raw_zip(Entry(b"hw\\server.c", host=0), Entry("张.h".encode("gbk"), b"")),
    "long": raw_tar(pax(path="x/" * 9 + "server.c"), tar_member(b"y")),
}
BEGINS = [
    b"",
    b"PK\3\4",
    b"PK\5\6",
    b"\x1f\x8b\x08\0",
    b"BZh9",
    b"\xfd7zXZ\0",
    b"x" * 257 + b"ustar\0",
]
FUZZ = settings(
    max_examples=examples(150),
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.too_slow],
)


def outcome(content: bytes) -> str:
    """The hash of the copy, or the reason of the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alice.zip"
        path.write_bytes(content)
        into = Path(folder) / "copy"
        try:
            found = intake(path, into)
        except IntakeError as error:
            assert [each.name for each in Path(folder).iterdir()] == ["alice.zip"]
            assert_reason(str(error))
            return str(error)
        assert {each.name for each in Path(folder).iterdir()} == {"alice.zip", "copy"}
        assert_plain(found)
        again = intake(into, Path(folder) / "again")
        assert (again.sha256, again.files, again.dropped) == (found.sha256, found.files, ())
        return found.sha256


@FUZZ
@given(st.sampled_from(BEGINS), st.binary(max_size=600))
def test_any_bytes(begin: bytes, rest: bytes) -> None:
    assert outcome(begin + rest) == outcome(begin + rest)


@FUZZ
@example("zip", [("cut", 0.9, b"\2")])
@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(
        st.tuples(
            st.sampled_from(["flip", "write", "insert", "cut", "repeat", "end"]),
            st.floats(0, 1),
            st.sampled_from([b"\0", b"\xff", b"/", b"..", b"\\", b"\xff\xff\xff\xff", bytes(512)])
            | st.binary(min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_damaged_archive(seed: str, damages: list[tuple[str, float, bytes]]) -> None:
    content = bytearray(SEEDS[seed])
    for kind, place, data in damages:
        at = int(place * max(0, len(content) - 1))
        match kind:
            case "flip" if content:
                content[at] ^= data[0] or 1
            case "write":
                content[at : at + len(data)] = data
            case "insert":
                content[at:at] = data
            case "cut":
                del content[at : at + 1 + data[0]]
            case "repeat":
                content[at:at] = content[at : at + 600]
            case _:
                del content[at:]
    outcome(bytes(content))


NAMES = st.lists(
    st.text(st.characters(exclude_characters="/"), max_size=6)
    | st.sampled_from(["..", ".", "a", "A", "server.c", "e\u0301", "\u00e9", ".git", "x.o"]),
    min_size=1,
    max_size=4,
).map("/".join)


@FUZZ
@given(st.lists(NAMES, min_size=1, max_size=5), st.sampled_from(["zip", "tar"]))
def test_any_names(names: list[str], packer: str) -> None:
    encoded = [name.encode("utf-8", "surrogatepass") for name in names]
    if packer == "zip":
        outcome(raw_zip(*(Entry(name) for name in encoded)))
    else:
        outcome(raw_tar(*(tar_member(name[:100]) for name in encoded)))


def test_a_folder_of_all_seeds_is_one_submission(tmp_path: Path) -> None:
    """Archives beside sources are left out, whatever they are."""
    folder = written(tmp_path / "alice", {**FILES, **{f"{name}.x": SEEDS[name] for name in SEEDS}})
    found = intake(folder, tmp_path / "copy")
    assert found.files == len(FILES)
    assert len(found.dropped) == len(SEEDS)
