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
from tests.grade.found_by import FOUND_BY, SILENT, UNPROVEN

OWN = Path(__file__).parent
TRACED = OWN.parent / "trace"


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the corpus. `found_by` are the columns that must contradict a decoy; `replies`
    where it does not even echo, and its checks fail for that; `unproven` the claims of a decoy that
    no column can contradict, which must not be proven."""

    name: str
    folder: Path
    model: str
    found_by: tuple[str, ...] = ()
    replies: bool = True
    unproven: tuple[str, ...] = ()

    @property
    def program(self) -> Program:
        language: Language = "c" if (self.folder / "server.c").exists() else "python"
        if self.name.endswith("(python)"):
            language = "python"
        return Program("server", self.folder, language)


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
    "select_woken_by_an_eventfd": ("grade/honest", "select"),
    "epoll_ended_by_a_signalfd": ("grade/honest", "epoll"),
    "epoll_threads_and_an_acceptor": ("grade/honest", "epoll_threads"),
    "prefork_by_reuseport": ("grade/honest", "prefork"),
    "prefork_gets_descriptors": ("grade/honest", "prefork"),
    "epoll_splices_by_a_pipe_each": ("grade/honest", "epoll"),
    "poll_readv_writev": ("grade/honest", "poll"),
    "select_reads_a_duplicate": ("grade/honest", "select"),
    "poll_with_an_old_timer_thread": ("grade/honest", "poll"),
    "edge_oneshot": ("grade/honest", "epoll_et"),
    "edge_in_a_nested_epoll": ("grade/honest", "epoll_et"),
    "pselect_lets_a_signal_in": ("grade/honest", "select"),
    "prethread_with_a_queue": ("grade/honest", "prethread"),
    "thread_each_peeks_first": ("grade/honest", "thread"),
    "thread_each_and_a_reaper": ("grade/honest", "thread"),
    "uring_submitted_by_the_kernel": ("grade/honest", "io_uring"),
    "uring_readv_writev": ("grade/honest", "io_uring"),
    "sigio_by_a_signalfd": ("grade/honest", "sigio"),
    "blocking_with_a_log_thread": ("grade/honest", "blocking"),
    "stacks_over_epoll": ("grade/honest", "coroutine"),
    "epoll_of_both_families": ("grade/honest", "epoll"),
    "select_with_a_time_out": ("grade/honest", "select"),
    "poll_after_a_subprocess": ("grade/honest", "poll"),
    "coroutines_by_hand": ("grade/honest", "coroutine"),
    "asyncio_with_its_own_loop": ("grade/honest", "coroutine"),
    "uvloop_buffered": ("grade/honest", "coroutine"),
    "fork_each_and_reap": ("grade/honest", "fork"),
    "nonblocking_by_readv": ("grade/honest", "nonblocking"),
    "prethread_of_python": ("grade/honest", "prethread"),
    "epoll_beside_a_console": ("grade/honest", "epoll"),
    "thread_each_by_select": ("grade/honest", "thread"),
    "thread_each_reads_and_another_writes": ("grade/honest", "thread"),
    "uring_with_workers_of_the_kernel": ("grade/honest", "io_uring"),
    "poll_beside_a_computation": ("grade/honest", "poll"),
    "edge_and_a_modify": ("grade/honest", "epoll_et"),
    "select_with_batches_of_accepts": ("grade/honest", "select"),
    "select_resolves_in_short_threads": ("grade/honest", "select"),
    "epoll_logs_by_a_ring": ("grade/honest", "epoll"),
    "poll_logs_by_aio": ("grade/honest", "poll"),
    "select_and_urgent_data": ("grade/honest", "select"),
    "epoll_sends_without_a_copy": ("grade/honest", "epoll"),
    "thread_each_from_a_cache": ("grade/honest", "thread"),
    "inetd_style": ("grade/honest", "fork"),
    "prefork_with_an_accept_lock": ("grade/honest", "prefork"),
    "asyncio_queues": ("grade/honest", "coroutine"),
    "asyncio_beside_the_main_thread": ("grade/honest", "coroutine"),
    "select_after_an_exec": ("grade/honest", "select"),
    "uring_with_direct_descriptors": ("grade/honest", "io_uring"),
    "uring_by_an_eventfd": ("grade/honest", "io_uring"),
    "nonblocking_asks_first": ("grade/honest", "nonblocking"),
    "edge_with_a_budget": ("grade/honest", "epoll_et"),
    "two_loops_and_an_acceptor": ("grade/honest", "events"),
    "whichever_there_is": ("grade/honest", "multiplexed"),
    "protothreads_over_select": ("grade/honest", "select"),
    "epoll_with_a_heap_of_timers": ("grade/honest", "epoll"),
    "uring_multishot": ("grade/honest", "io_uring"),
    "select_of_every_kind": ("grade/honest", "select"),
    "epoll_pwait2_of_a_tenth": ("grade/honest", "epoll"),
    "edge_oneshot_of_everything": ("grade/honest", "epoll_et"),
    "selectors_modify_each_time": ("grade/honest", "epoll"),
    "asyncio_with_time_limits": ("grade/honest", "coroutine"),
    "threads_of_c11": ("grade/honest", "thread"),
    "fork_by_clone3": ("grade/honest", "fork"),
    "prethread_with_an_accept_mutex": ("grade/honest", "prethread"),
    "sigio_owned_by_a_thread": ("grade/honest", "sigio"),
    "aio_by_listio": ("grade/honest", "posix_aio"),
    "poll_with_a_wheel_of_timers": ("grade/honest", "poll"),
    "epoll_with_a_logging_child": ("grade/honest", "epoll"),
    "epoll_threads_exclusive": ("grade/honest", "epoll_threads"),
    "asyncio_by_callbacks": ("grade/honest", "epoll"),
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
    "epolls_in_an_epoll": ("grade/honest", "epoll"),
    "fork_each_and_death_pipes": ("grade/honest", "fork"),
    "prefork_passes_descriptors": ("grade/honest", "prefork"),
    "sock_calls_of_asyncio": ("grade/honest", "coroutine"),
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
DECOYS = {
    name: Server(
        name, OWN.parent / where / name, model, found_by, name not in SILENT, UNPROVEN.get(name, ())
    )
    for name, (where, model, found_by) in FOUND_BY.items()
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
