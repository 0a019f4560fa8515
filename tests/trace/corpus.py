"""What may be said of each server under decoys/ and honest/.

A decoy must never get a name that it does not deserve: `unknown` (with a reason) and the fault of a
server that cannot be traced are always right; a name beside it is what it truly does. An honest
server must never be accused of another model: it is named right, or `unknown` where the table
allows that, and the same in every try.
"""

from __future__ import annotations

from runner.trace.model import UNKNOWN

THREAD_EACH = "blocking, a thread each"
PROCESS_EACH = "blocking, a process each"
PROCESSES = "blocking, several processes"
EDGE = "epoll, edge-triggered"

DECOYS: dict[str, tuple[str, ...]] = {
    "aio_by_a_polling_thread": (),
    "answers_unread": (),
    "asyncio_beside_threads": (THREAD_EACH,),
    "asyncio_that_ticks": (),
    "edge_by_removal": ("epoll",),
    "edge_for_one_client": ("epoll",),
    "edge_only_at_first": ("epoll",),
    "epoll_for_the_first": (),
    "epoll_on_a_pipe": (),
    "epoll_on_a_timer": (),
    "epoll_then_spins": (),
    "epoll_then_waits": (),
    "epoll_timer_by_the_signal": (),
    "epoll_when_slow": (),
    "epoll_when_traced": (),
    "epoll_with_sigio_on": ("epoll",),
    "epoll_without_sleep": (),
    "floods_the_record": (),
    "naps_in_epoll": (),
    "naps_in_flock": (),
    "naps_in_futex": (),
    "naps_in_io_getevents": (),
    "naps_in_nanosleep": (),
    "naps_in_poll": (),
    "naps_in_recv": (),
    "naps_in_recv_of_clients": (),
    "naps_in_select": (),
    "naps_in_semop": (),
    "naps_in_sigtimedwait": (),
    "not_dumpable": ("poll",),
    "passes_to_a_child": (PROCESS_EACH,),
    "poll_by_the_32_bit_gate": (),
    "process_shares_memory": (),
    "select_beside_a_child": ("poll",),
    "select_on_a_pipe": (),
    "select_without_sleep": (),
    "sigio_asks_epoll": ("signal-driven",),
    "spins_but_is_stopped": (),
    "splice_behind_epoll": (),
    "threads_behind_epoll": (THREAD_EACH,),
    "threads_that_spin": (),
    "untraced_child": (),
    "uring_of_a_counter": (),
    "uring_says_ready": (),
}
"""By the folder's name: the models that it may be called, beside `unknown`."""

HONEST: dict[str, tuple[str, ...]] = {
    "aio_by_suspend": ("POSIX AIO", UNKNOWN),
    "aio_by_thread": ("POSIX AIO", UNKNOWN),
    "asyncio_buffered": ("epoll",),
    "asyncio_over_poll": ("poll",),
    "asyncio_protocol": ("epoll",),
    "asyncio_sock_calls": ("epoll",),
    "asyncio_to_thread": ("epoll", UNKNOWN),
    "asyncio_with_ticker": ("epoll",),
    "blocking_by_stdio": ("blocking",),
    "blocking_queue_of_one": ("blocking",),
    "blocking_with_a_timer": ("blocking",),
    "coroutines_over_poll": ("poll",),
    "epoll_and_a_timer": ("epoll",),
    "epoll_and_signalfd": ("epoll",),
    "epoll_both_interests": ("epoll",),
    "epoll_data_pointer": ("epoll",),
    "epoll_each_3_ms": ("epoll",),
    "epoll_edge_drains": (EDGE,),
    "epoll_in_epoll": ("epoll",),
    "epoll_five_processes": ("epoll, several processes", UNKNOWN),
    "epoll_oneshot": ("epoll",),
    "epoll_peeks": ("epoll",),
    "epoll_pwait": ("epoll",),
    "epoll_readv": ("epoll",),
    "epoll_recvmsg": ("epoll",),
    "epoll_workers": ("epoll, several threads", UNKNOWN),
    "epoll_renews_its_watch": ("epoll",),
    "fork_each_double": (PROCESS_EACH,),
    "nonblocking_dontwait": ("non-blocking",),
    "nonblocking_yields": ("non-blocking",),
    "poll_each_5_ms": ("poll",),
    "poll_twice": ("poll",),
    "ppoll": ("poll",),
    "prefork_shared_listener": (PROCESSES,),
    "pselect": ("select",),
    "reuseport_processes": ("epoll, several processes", UNKNOWN),
    "select_each_2_ms": ("select",),
    "select_each_second": ("select",),
    "select_of_1024": ("select",),
    "selectors_default": ("epoll",),
    "selectors_each_4_ms": ("epoll",),
    "selectors_poll": ("poll",),
    "selectors_select": ("select",),
    "sigio_in_the_handler": ("signal-driven", UNKNOWN),
    "sigio_suspends": ("signal-driven", UNKNOWN),
    "socketserver_forks": (PROCESS_EACH,),
    "socketserver_one": ("blocking",),
    "socketserver_threads": (THREAD_EACH,),
    "thread_each_polled_accept": (THREAD_EACH,),
    "thread_each_polls_one": (UNKNOWN,),
    "thread_each_splice": (UNKNOWN,),
    "thread_each_timed_recv": (THREAD_EACH,),
    "thread_pool_executor": ("blocking, several threads", THREAD_EACH),
    "thread_pool_of_200": ("blocking, several threads",),
    "uring_single_shot": ("io_uring",),
}
"""By the folder's name: all that it may be called."""
