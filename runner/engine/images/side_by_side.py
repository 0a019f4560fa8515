"""Images made side by side, each as soon as the images that it needs are there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from runner.engine.box import BuildError
from runner.engine.images.content import Image

AT_ONCE = 4


@dataclass(slots=True)
class SideBySide:
    """`make` makes one image. Threads that end with an interrupted runner do it: the daemon aborts
    a build whose client has gone. The calling thread reports, and starts what has become possible.
    """

    make: Callable[[Image], None]
    ready: SimpleQueue[Image | None] = field(default_factory=SimpleQueue)
    ended: SimpleQueue[tuple[Image, Exception | None]] = field(default_factory=SimpleQueue)

    def all(
        self, images: Iterable[Image], done: Callable[[Image], None] = lambda _: None
    ) -> dict[str, BuildError]:
        """The errors of images that do not compile, by reference; an image that needs one of them
        has the same error. What installs packages takes longest, and begins first."""
        waiting = {image.ref: image for image in sorted(images, key=lambda each: not each.online)}
        errors: dict[str, BuildError] = {}
        under_way: set[str] = set()
        self._start(waiting, under_way)
        for _ in range(min(AT_ONCE, len(waiting))):
            threading.Thread(target=self._work, daemon=True, name="build").start()
        try:
            while waiting:
                image, error = self.ended.get()
                if error is not None and not isinstance(error, BuildError):
                    raise error
                del waiting[image.ref]
                if error is None:
                    done(image)
                else:
                    errors |= {image.ref: error}
                    for each in _above(image, waiting):
                        errors[each.ref] = error
                        del waiting[each.ref]
                self._start(waiting, under_way)
        finally:
            self._stop()
        return errors

    def _start(self, waiting: dict[str, Image], under_way: set[str]) -> None:
        for ref, image in waiting.items():
            if ref not in under_way and not any(each.ref in waiting for each in image.needs):
                under_way.add(ref)
                self.ready.put(image)

    def _stop(self) -> None:
        """No further image is begun, and every thread ends after the one that it makes."""
        with suppress(Empty):
            while True:
                self.ready.get_nowait()
        for _ in range(AT_ONCE):
            self.ready.put(None)

    def _work(self) -> None:
        while (image := self.ready.get()) is not None:
            try:
                self.make(image)
                self.ended.put((image, None))
            except Exception as error:  # noqa: BLE001 - raised in the thread that waits
                self.ended.put((image, error))


def _above(image: Image, waiting: dict[str, Image]) -> list[Image]:
    """Those of the waiting images that need it."""
    return [each for each in waiting.values() if image.ref in [n.ref for n in each.needs]]
