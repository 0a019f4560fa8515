"""Worlds in which one thing is otherwise, and the verdict that must follow."""

from __future__ import annotations

from collections.abc import Callable

from runner.claims import Standing
from tests.claims.world import FLAT, World, linear

S, N, R = Standing.SUPPORTED, Standing.NUANCED, Standing.REFUTED


def with_(**changes: dict[object, object] | object) -> Callable[[], World]:
    """A world in which only these entries of its knobs are otherwise."""

    def make() -> World:
        world = World()
        for knob, change in changes.items():
            now = getattr(world, knob)
            setattr(world, knob, {**now, **change} if isinstance(change, dict) else change)
        return world

    return make


TRACED = World().traces

CASES: list[tuple[str, Callable[[], World], Standing]] = [
    ("C1", with_(runs=(), traces={"nonblocking": {**TRACED["nonblocking"],
                                                  "blocks_in": "read"}}),
     Standing.INCONCLUSIVE),
    ("C1", with_(traces={"sigio": {**TRACED["sigio"], "notified_by": "return"}}), S),
    ("C1", with_(runs=("nonblocking",)), N),
    ("C1", with_(runs=("blocking", "nonblocking", "select", "poll", "epoll", "sigio"),
                 traces={lab: {**seen, "blocks_in": "nowhere"} for lab, seen in TRACED.items()
                         if seen["copied_by"] == "application"}), R),
    ("C2", with_(neighbours={"blocking": (0.01, 0.0, True)}), R),
    ("C2", with_(neighbours={"blocking": (1.0, 0.9, False)}), N),
    ("C3", with_(neighbours={"nonblocking": (0.0, 0.01, True)}), R),
    ("C3", with_(neighbours={"epoll": (0.0, 0.95, True)}), N),
    ("C3", with_(neighbours={"nonblocking": (0.0, 0.2, True)}), N),
    ("C4", with_(arrivals={"sigio": (True, 1.0)}), R),
    ("C4", with_(served_after_overflow=40), N),
    ("C4", with_(plain_sigio=0), N),
    ("C5", with_(neighbours={"select": (1.0, 0.0, True), "poll": (1.0, 0.0, True),
                             "epoll": (1.0, 0.0, True)}), R),
    ("C5", with_(neighbours={"epoll": (0.0, 0.95, True)}), N),
    ("C5", with_(threads=2), N),
    ("C6", with_(arrivals={"posix_aio": (False, 0.1)}), N),
    ("C6", with_(arrivals={"sigio": (True, 1.0)}), N),
    ("C6", with_(arrivals={"posix_aio": (False, 0.1), "sigio": (True, 1.0)}), R),
    ("C7", with_(wake={"exceptional": "readable"}), R),
    ("C7", with_(before="readable"), R),
    ("C7", with_(reset=dict.fromkeys(("select", "poll", "epoll"), "readable+exceptional")), S),
    ("C8", with_(fd_1024={"raw": "wrong"}), S),
    ("C8", with_(fd_1024=dict.fromkeys(("refuse", "fortify", "plain", "python"), "ready")), R),
    ("C8", with_(fd_1024=dict.fromkeys(("refuse", "fortify", "plain", "python", "raw"),
                                       "limit")), Standing.SKIP),
    ("C9", with_(kernel={"select": FLAT}, user={"select": (3.0, 0.0, 1.0)}), R),
    ("C9", with_(user={"select": (2.0, 60.0, 1.0)}), S),
    ("C9", with_(kernel={"select": (400.0, 0.06, 2.0)}), N),
    ("C10", with_(shared={("select", "add"): "woken"}), N),
    ("C10", with_(shared={(call, change): "woken" for call in ("select", "select_copy")
                          for change in
                          ("add", "close", "reuse", "reuse_heard", "reuse_held")}), R),
    ("C10", with_(shared={("select_copy", "add"): "never"}), S),
    ("C11", with_(border={"select": {0: 50.0, 500: 50.0}}), R),
    ("C11", with_(border={"select": {0: 50.0, 500: 100.0}}), N),
    ("C12", with_(ceilings={"poll": (1019, "FD_SETSIZE")}), R),
    ("C12", with_(ceilings={"poll": (2048, "POLL_MAX")}), N),
    ("C12", with_(ceilings={"poll": (3000, "EMFILE")}), N),
    ("C13", with_(kernel={"poll": FLAT}, user={"poll": (3.0, 0.0, 1.0)}), R),
    ("C13", with_(user={"poll": (2.0, 60.0, 1.0)}, shared={("poll", "add"): "never"}), S),
    ("C13", with_(kernel={"poll": (400.0, 0.06, 2.0)}), N),
    ("C13", with_(shared={("poll", change): "woken" for change in
                          ("add", "close", "reuse", "reuse_heard", "reuse_held")}), R),
    ("C14", with_(present={"epoll": "absent"}), R),
    ("C14", with_(present={"kqueue": "present"}), N),
    ("C15", with_(shared={("epoll", "add"): "next_call"}), R),
    ("C15", with_(kept={"epoll": 0.2}), R),
    ("C15", with_(ceilings={"epoll": (900, "FD_SETSIZE")}), R),
    ("C15", with_(ceilings={"epoll": (2048, "max_user_watches")}), N),
    ("C15", with_(shared={("epoll", "reuse_held"): "never"}), S),
    ("C16", with_(kernel={"epoll": linear(60)}), R),
    ("C16", with_(kernel={"epoll": (450.0, 0.2, 1.0)}), N),
    ("C16", with_(ready={"epoll": (450.0, 0.0, 1.0)}), S),
    ("C17", with_(border={"epoll": {0: 12.0, 500: 6000.0}}), R),
    ("C17", with_(epoll_maps=1), S),
    ("C18", with_(arrivals={"sigio": (False, 0.1)}), R),
    ("C18", with_(arrivals=dict.fromkeys(("io_uring", "io_uring_peek"), (True, 0.1)),
                  blocked_copying=9.0), S),
    ("C18", with_(arrivals=dict.fromkeys(("io_uring", "io_uring_peek"), (True, 0.1))), N),
    ("C18", with_(arrivals={"epoll": (True, 1.0)}), R),
    ("C18", with_(arrivals={"aio_error": (False, 0.0)}), N),
    ("C19", with_(neighbours={"aecho": (1.0, 0.0, True)}), R),
    ("C19", with_(traces={"aecho": {**TRACED["aecho"], "new_threads": 4.0}}), R),
    ("C19", with_(traces={"aecho": {**TRACED["aecho"], "blocks_in": "read"}}), R),
    ("C19", with_(traces={"aecho": {**TRACED["aecho"], "blocks_in": "unknown"}}),
     Standing.INCONCLUSIVE),
    ("C20", with_(neighbours={"aecho": (0.0, 0.0, False)}), R),
    ("C20", with_(late_frame_share=0.4), N),
    ("C20", with_(gaps=3), N),
    ("C21", with_(parts={"copy": 200.0}), S),
    ("C21", with_(parts={"copy": 900.0}), N),
    ("C21", with_(parts=dict.fromkeys(("copy", "examine", "queues", "again", "search"), 0.0)),
     R),
    ("C21", with_(epoll_examines=300.0), R),
    ("C21", with_(parts={"sleep": 1e9}), R),
    ("C21", with_(sleeps=5), Standing.INCONCLUSIVE),
    ("C22", with_(arrivals={"io_uring": (True, 0.1)}), S),
    ("C22", with_(traces={"sigio": {**TRACED["sigio"], "copied_by": "kernel"}}), R),
    ("C22", with_(traces={"sigio": {**TRACED["sigio"], "blocks_in": "read"}}), R),
    ("C22", with_(traces={"posix_aio": {**TRACED["posix_aio"], "copied_by": "application"}}),
     R),
    ("C22", with_(traces={"epoll": {**TRACED["epoll"], "copied_by": "unknown"}}),
     Standing.INCONCLUSIVE),
    ("T1", with_(kernel={"select": FLAT, "poll": FLAT},
                 user={"select": FLAT, "poll": FLAT}), R),
    ("T1", with_(kernel={"epoll": linear(60)}), R),
    ("T1", with_(kernel={"select": (400.0, 60.0, 0.5)}, user={"select": FLAT}), N),
    ("T2", with_(writes={"select": 0.05, "poll": 0.05, "epoll": 1.0}), R),
    ("T2", with_(writes={"epoll": 1.0}), N),
    ("T2", with_(writes={"select": 0.05, "poll": 0.05}), N),
    ("T2", with_(writes_of_many=1.0), N),
    ("T3", with_(kept={"epoll": 0.1}), R),
    ("T3", with_(kept={"poll": 0.97}), R),
    ("T4", with_(traces={"sigio": {**TRACED["sigio"], "copied_by": "kernel"}}), N),
    ("T4", with_(traces={lab: {**seen, "copied_by": "kernel", "notification_means": "nothing"}
                         for lab, seen in TRACED.items()}), R),
    ("T4", with_(arrivals={"io_uring": (True, 0.1)}), S),
    ("T5", with_(designs={"fork": 60e3}), R),
    ("T5", with_(designs={"prefork": 120e3}), N),
    ("T5", with_(designs={"prethread": 120e3}), N),
    ("T5", with_(designs={"thread": 48e3}), S),
    ("T5", with_(designs={"thread": 50e3}, batches=(0.8, 1.0, 1.25, 1.1, 0.9)),
     Standing.INCONCLUSIVE),
]  # fmt: skip
