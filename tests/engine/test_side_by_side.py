"""Images made side by side: after what they need, and none after a failure of the daemon."""

from __future__ import annotations

import threading

import pytest

from runner.engine.box import BuildError, EngineError
from runner.engine.images.content import Image
from runner.engine.images.side_by_side import AT_ONCE, SideBySide

BASE = Image("base", b"FROM x", {}, online=True)
OTHER = Image("other", b"FROM y", {}, online=True)
CHILDREN = [Image(f"child-{n}", b"FROM base", {"n": bytes([n])}, BASE) for n in range(6)]


def test_each_begins_when_what_it_needs_is_there() -> None:
    made: list[str] = []
    lock = threading.Lock()

    def make(image: Image) -> None:
        with lock:
            assert all(each.name in made for each in image.needs)
            made.append(image.name)

    assert SideBySide(make).all([*CHILDREN, BASE, OTHER]) == {}
    assert sorted(made) == sorted(each.name for each in [*CHILDREN, BASE, OTHER])


def test_those_that_need_nothing_more_are_made_at_the_same_time() -> None:
    """Each waits until as many others are under way: alone it would wait for ever."""
    together = threading.Barrier(AT_ONCE, timeout=30)

    def make(_: Image) -> None:
        together.wait()

    assert SideBySide(make).all(CHILDREN[:AT_ONCE]) == {}


def test_what_stands_on_an_image_that_does_not_compile_has_its_error() -> None:
    made: list[str] = []

    def make(image: Image) -> None:
        if image is BASE:
            raise BuildError("base: no such program")
        made.append(image.name)

    errors = SideBySide(make).all([*CHILDREN, BASE, OTHER])
    assert set(errors) == {each.ref for each in (*CHILDREN, BASE)}
    assert {str(error) for error in errors.values()} == {"base: no such program"}
    assert made == ["other"]


def test_a_daemon_that_fails_ends_it_and_nothing_more_is_begun() -> None:
    begun: list[str] = []

    def make(image: Image) -> None:
        begun.append(image.name)
        raise EngineError("the daemon has gone")

    with pytest.raises(EngineError, match="has gone"):
        SideBySide(make).all([*CHILDREN, BASE])
    assert begun == ["base"], "the others need it"
