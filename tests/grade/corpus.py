"""The servers that the proof is held against, each with the model that it says it follows.

A decoy follows another model, or that one only while it is watched. It is found where a column of
the proof contradicts a claim of its model; beside each decoy stand the columns that must. An honest
server, however odd it looks, must not be contradicted by any column.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runner.engine.box import Language, Program
from runner.paths import LABS

OWN = Path(__file__).parent
TRACED = OWN.parent / "trace"


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the corpus. `found_by` are the columns that must contradict a decoy; `replies`
    where it does not even echo, and its checks fail for that."""

    name: str
    folder: Path
    model: str
    found_by: tuple[str, ...] = ()
    replies: bool = True

    @property
    def program(self) -> Program:
        language: Language = "c" if (self.folder / "server.c").exists() else "python"
        if self.name.endswith("(python)"):
            language = "python"
        return Program("server", self.folder, language)


T, U, B = "traced", "untraced", "behaves"
_DECOYS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # Beside the proof: each is watched at another load, after other requests, at another moment.
    "select_below_twenty": ("grade/decoys", "select", (U,)),
    "select_for_500_requests": ("grade/decoys", "select", (U,)),
    "epoll_while_it_is_traced": ("grade/decoys", "epoll", (T, U)),
    "poll_behind_syscall": ("grade/decoys", "select", (T, U)),
    "epoll_pwait2_by_number": ("grade/decoys", "poll", (T, U)),
    "uring_behind_select": ("grade/decoys", "select", (T, U)),
    "threads_behind_select": ("grade/decoys", "select", (T, U, B)),
    "late_pool": ("grade/decoys", "select", (T, U)),
    "spins_with_select": ("grade/decoys", "select", (U,)),
    "proxy_to_threads": ("grade/decoys", "select", (B,)),
    "proxy_to_poll": ("grade/decoys", "select", (U,)),
    "edge_on_a_second_set": ("grade/decoys", "epoll_et", (T, U)),
    "edge_for_ten_requests": ("grade/decoys", "epoll_et", (T, U)),
    "blocks_behind_the_flag": ("grade/decoys", "epoll_et", (T,)),
    "recv_with_a_timeout": ("grade/decoys", "select", (U,)),
    "select_of_the_listener": ("grade/decoys", "select", (T,)),
    "grandchild_polls": ("grade/decoys", "select", (T, U)),
    "threads_for_show": ("grade/decoys", "thread", (T, U)),
    "processes_for_show": ("grade/decoys", "fork", (T, U)),
    "pool_for_show": ("grade/decoys", "prethread", (T, U)),
    "uring_for_show": ("grade/decoys", "io_uring", (T, U)),
    "sigio_for_show": ("grade/decoys", "sigio", (T, U)),
    "poll_after_half_a_second": ("grade/decoys", "select", (T,)),
    "poll_under_load": ("grade/decoys", "select", (T, U)),
    "poll_named_select": ("grade/decoys", "select", (T, U)),
    "threads_behind_selectors": ("grade/decoys", "select", (T, U, B)),
    "executor_behind_asyncio": ("grade/decoys", "coroutine", (T, U, B)),
    "epoll_after_300_requests": ("grade/decoys", "select", (U,)),
    # Beside the trace.
    "aio_by_a_polling_thread": ("trace/decoys", "posix_aio", (T, U)),
    "aio_by_hand": ("trace/decoys", "posix_aio", (T,)),
    "answers_unread": ("trace/decoys", "io_uring", ()),
    "asyncio_beside_threads": ("trace/decoys", "coroutine", (T, U, B)),
    "asyncio_that_ticks": ("trace/decoys", "coroutine", (U,)),
    "edge_by_removal": ("trace/decoys", "epoll_et", (T, U)),
    "edge_for_one_client": ("trace/decoys", "epoll_et", (T, U)),
    "edge_only_at_first": ("trace/decoys", "epoll_et", (T, U)),
    "epoll_after_the_first_word": ("trace/decoys", "epoll", (T,)),
    "epoll_for_the_first": ("trace/decoys", "epoll", (T, U, B)),
    "epoll_on_a_pipe": ("trace/decoys", "epoll", (T, U)),
    "epoll_on_a_timer": ("trace/decoys", "epoll", (T,)),
    "epoll_then_spins": ("trace/decoys", "epoll", (T,)),
    "epoll_then_waits": ("trace/decoys", "epoll", (T,)),
    "epoll_timer_by_the_signal": ("trace/decoys", "sigio", (T, U)),
    "epoll_when_slow": ("trace/decoys", "epoll", (U, B)),
    "epoll_when_traced": ("trace/decoys", "epoll", (U, B)),
    "epoll_with_sigio_on": ("trace/decoys", "sigio", (T, U)),
    "epoll_without_sleep": ("trace/decoys", "epoll", (T, U)),
    "floods_the_record": ("trace/decoys", "epoll", (T, U)),
    "naps_in_epoll": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_flock": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_futex": ("trace/decoys", "nonblocking", (U,)),
    "naps_in_io_getevents": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_nanosleep": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_poll": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_recv": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_recv_of_clients": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_select": ("trace/decoys", "nonblocking", (T, U)),
    "naps_in_semop": ("trace/decoys", "nonblocking", (U,)),
    "naps_in_sigtimedwait": ("trace/decoys", "nonblocking", (U,)),
    "not_dumpable": ("trace/decoys", "select", (T, U)),
    "passes_to_a_child": ("trace/decoys", "epoll", (T, U, B)),
    "poll_by_the_32_bit_gate": ("trace/decoys", "epoll", (T, U)),
    "process_shares_memory": ("trace/decoys", "epoll", (T, U)),
    "select_beside_a_child": ("trace/decoys", "select", (T, U)),
    "select_on_a_pipe": ("trace/decoys", "select", (T, U)),
    "select_without_sleep": ("trace/decoys", "select", (T, U)),
    "sigio_asks_epoll": ("trace/decoys", "epoll", (T, U)),
    "spins_but_is_stopped": ("trace/decoys", "nonblocking", (T,)),
    "threads_behind_epoll": ("trace/decoys", "epoll", (T, U, B)),
    "threads_that_spin": ("trace/decoys", "thread", (U,)),
    "untraced_child": ("trace/decoys", "epoll", (T, U)),
    "uring_of_a_counter": ("trace/decoys", "io_uring", (T, U)),
    "uring_says_ready": ("trace/decoys", "io_uring", (T, U)),
    "select_is_poll": ("trace/mutants", "select", (T, U)),
    "select_once_then_poll": ("trace/mutants", "select", (T, U)),
    "select_and_poll": ("trace/mutants", "select", (T, U)),
    "epoll_copies_a_list": ("trace/mutants", "epoll", (T,)),
    "aio_reads_itself": ("trace/mutants", "posix_aio", (T, U)),
    "naps_between_asking": ("trace/mutants", "nonblocking", (T, U)),
    "aecho_blocks": ("trace/mutants", "coroutine", (T,)),
}
_HONEST: dict[str, tuple[str, str]] = {
    "select_splices": ("grade/honest", "select"),
    "select_two_listeners": ("grade/honest", "select"),
    "select_with_a_self_pipe": ("grade/honest", "select"),
    "epoll_fed_by_an_acceptor": ("grade/honest", "epoll"),
    "poll_and_signalfd": ("grade/honest", "poll"),
    "edge_with_dontwait": ("grade/honest", "epoll_et"),
    "select_with_a_signal_thread": ("grade/honest", "select"),
    "epoll_in_a_runtime": ("grade/honest", "epoll"),
    "select_supervised": ("grade/honest", "select"),
    "event_library": ("grade/honest", "epoll"),
    "uv_style": ("grade/honest", "epoll"),
    "select_and_blocking_sockets": ("grade/honest", "select"),
    "select_high_descriptors": ("grade/honest", "select"),
    "poll_built_anew": ("grade/honest", "poll"),
    "select_waits_to_write": ("grade/honest", "select"),
    "epoll_with_an_admin_thread": ("grade/honest", "epoll"),
    "poll_with_a_resolver": ("grade/honest", "poll"),
    "thread_each_with_a_timeout": ("grade/honest", "thread"),
    "select_with_a_log_thread": ("grade/honest", "select"),
    "selectors_with_a_wakeup": ("grade/honest", "poll"),
    "generators_over_select": ("grade/honest", "select"),
    "epoll_oneshot_python": ("grade/honest", "epoll"),
    "asyncio_with_threads_beside": ("grade/honest", "coroutine"),
    "aio_by_suspend": ("trace/honest", "posix_aio"),
    "aio_by_thread": ("trace/honest", "posix_aio"),
    "asyncio_buffered": ("trace/honest", "coroutine"),
    "asyncio_over_poll": ("trace/honest", "coroutine"),
    "asyncio_protocol": ("trace/honest", "coroutine"),
    "asyncio_sock_calls": ("trace/honest", "coroutine"),
    "asyncio_to_thread": ("trace/honest", "coroutine"),
    "asyncio_with_ticker": ("trace/honest", "coroutine"),
    "blocking_by_stdio": ("trace/honest", "blocking"),
    "blocking_queue_of_one": ("trace/honest", "blocking"),
    "blocking_with_a_timer": ("trace/honest", "blocking"),
    "coroutines_over_poll": ("trace/honest", "poll"),
    "epoll_and_a_timer": ("trace/honest", "epoll"),
    "epoll_and_signalfd": ("trace/honest", "epoll"),
    "epoll_both_interests": ("trace/honest", "epoll"),
    "epoll_data_pointer": ("trace/honest", "epoll"),
    "epoll_each_3_ms": ("trace/honest", "epoll"),
    "epoll_edge_drains": ("trace/honest", "epoll_et"),
    "epoll_in_epoll": ("trace/honest", "epoll"),
    "epoll_oneshot": ("trace/honest", "epoll"),
    "epoll_peeks": ("trace/honest", "epoll"),
    "epoll_pwait": ("trace/honest", "epoll"),
    "epoll_readv": ("trace/honest", "epoll"),
    "epoll_recvmsg": ("trace/honest", "epoll"),
    "epoll_workers": ("trace/honest", "epoll_threads"),
    "epoll_renews_its_watch": ("trace/honest", "epoll"),
    "fork_each_double": ("trace/honest", "fork"),
    "nonblocking_dontwait": ("trace/honest", "nonblocking"),
    "nonblocking_yields": ("trace/honest", "nonblocking"),
    "poll_each_5_ms": ("trace/honest", "poll"),
    "poll_twice": ("trace/honest", "poll"),
    "ppoll": ("trace/honest", "poll"),
    "prefork_shared_listener": ("trace/honest", "prefork"),
    "pselect": ("trace/honest", "select"),
    "select_each_2_ms": ("trace/honest", "select"),
    "select_each_second": ("trace/honest", "select"),
    "select_of_1024": ("trace/honest", "select"),
    "selectors_default": ("trace/honest", "epoll"),
    "selectors_each_4_ms": ("trace/honest", "epoll"),
    "selectors_poll": ("trace/honest", "poll"),
    "selectors_select": ("trace/honest", "select"),
    "sigio_in_the_handler": ("trace/honest", "sigio"),
    "sigio_suspends": ("trace/honest", "sigio"),
    "socketserver_forks": ("trace/honest", "fork"),
    "socketserver_one": ("trace/honest", "blocking"),
    "socketserver_threads": ("trace/honest", "thread"),
    "splice_behind_epoll": ("trace/decoys", "epoll"),  # splice is a call of the serving thread
    "thread_each_polled_accept": ("trace/honest", "thread"),
    "thread_each_polls_one": ("trace/honest", "thread"),
    "thread_each_splice": ("trace/honest", "thread"),
    "thread_each_timed_recv": ("trace/honest", "thread"),
    "thread_pool_of_200": ("trace/honest", "prethread"),
    "uring_single_shot": ("trace/honest", "io_uring"),
    "epoll_by_the_byte": ("trace/mutants", "epoll"),
}
_LABS = {
    "blocking": "blocking",
    "fork": "fork",
    "thread": "thread",
    "prefork": "prefork",
    "prethread": "prethread",
    "nonblocking": "nonblocking",
    "select": "select",
    "poll": "poll",
    "epoll": "epoll",
    "epoll_et": "epoll_et",
    "epoll_threads": "epoll_threads",
    "sigio": "sigio",
    "posix_aio": "posix_aio",
    "io_uring": "io_uring",
    "asyncio": "coroutine",
    "uvloop": "coroutine",
    "aecho": "coroutine",
}
SILENT = ("answers_unread",)

DECOYS = {
    name: Server(name, OWN.parent / where / name, model, found_by, name not in SILENT)
    for name, (where, model, found_by) in _DECOYS.items()
}
HONEST = {
    **{
        name: Server(name, OWN.parent / where / name, model)
        for name, (where, model) in _HONEST.items()
    },
    **{
        f"lab {name} ({word})": Server(f"lab {name} ({word})", LABS / name, model)
        for name, model in _LABS.items()
        for word, source in (("c", "server.c"), ("python", "server.py"))
        if (LABS / name / source).exists()
    },
}
NO_MODEL = ("epoll_five_processes", "reuseport_processes", "thread_pool_executor")
"""Honest servers of models that no assignment can demand: several processes with an epoll each, and
a pool whose threads are made when clients come."""

NEEDS_DENIED = (
    "asyncio_over_poll",
    "epoll_fed_by_an_acceptor",
    "epoll_with_an_admin_thread",
    "poll_with_a_resolver",
    "select_supervised",
    "select_with_a_log_thread",
    "select_with_a_signal_thread",
)
"""Honest servers that need what their model denies: a thread or a process that helps, or another
selector. An assignment that denies these calls refuses them, and must say so to its students."""
