"""Every lab is placed by what it does. What each one is stands here, and never in the runner."""

from __future__ import annotations

import pytest

from runner.engine.box import Language, Program
from runner.engine.images.content import programs_of
from runner.engine.process import ProcessEngine
from runner.paths import LABS
from runner.trace.syscall_bytes import EPOLL_EVENT
from tests.chosen import one_of_each
from tests.trace.servers import look_at, look_at_each, named, pairs

MODELS = {
    "blocking": "blocking",
    "fork": "blocking, a process each",
    "thread": "blocking, a thread each",
    "prefork": "blocking, several processes",
    "prethread": "blocking, several threads",
    "nonblocking": "non-blocking",
    "select": "select",
    "poll": "poll",
    "epoll": "epoll",
    "epoll_et": "epoll, edge-triggered",
    "epoll_threads": "epoll, several threads",
    "sigio": "signal-driven",
    "posix_aio": "POSIX AIO",
    "io_uring": "io_uring",
    "asyncio": "epoll",
    "uvloop": "epoll",
    "aecho": "epoll",
}
OTHER_CONTRACT = ("aplay",)
"""It plays and does not echo, so no conversation of ours can be held with it."""

SERVERS = [
    program
    for program in programs_of(LABS)
    if program.role == "server" and program.folder.name not in OTHER_CONTRACT
]


TRACED = one_of_each(SERVERS, lambda program: program.folder.name)


def test_no_lab_is_forgotten() -> None:
    assert {program.folder.name for program in SERVERS} == set(MODELS)


BUSY = "nonblocking"
"""It never sleeps: beside it another server would hardly run."""


@pytest.mark.parametrize(
    "programs",
    [
        *pairs([each for each in TRACED if each.folder.name != BUSY]),
        *((each,) for each in TRACED if each.folder.name == BUSY),
    ],
    ids=named,
)
def test_a_lab_is_placed_by_what_it_does(
    programs: tuple[Program, ...], engine: ProcessEngine
) -> None:
    for program, trace in zip(programs, look_at_each(programs, engine, watched=5), strict=True):
        found, lab = trace.classification, program.folder.name
        # With one CPU this server makes one thread.
        if lab != "epoll_threads" or len(_cpus()) > 1:
            assert found.model == MODELS[lab], f"{lab}: {found.because} {found.unclear}"
        assert trace.counts.epoll_mmaps == 0
        assert trace.timeline is not None
        assert trace.timeline.copy_ns < trace.timeline.wait_ns


def _cpus() -> set[int]:
    import os

    return os.sched_getaffinity(0)


def lab(name: str, language: Language = "c") -> Program:
    return Program("server", LABS / name, language)


def test_only_the_sets_of_select_and_poll_grow_with_what_is_watched(engine: ProcessEngine) -> None:
    def bytes_at(name: str, watched: int) -> float:
        per_event = look_at(lab(name), engine, watched).counts.syscall_bytes.per_event
        assert per_event is not None
        return per_event

    assert bytes_at("epoll", 60) == EPOLL_EVENT
    assert bytes_at("poll", 60) > 5 * bytes_at("poll", 2)
    assert bytes_at("select", 60) == 2 * bytes_at("select", 2)  # a second long for its bits


def test_the_twenty_first_idle_client_silences_posix_aio(engine: ProcessEngine) -> None:
    from runner.measure import ServerFault

    with pytest.raises(ServerFault, match=r"client A got no reply .* 30 idle connections"):
        look_at(lab("posix_aio"), engine, watched=30)
