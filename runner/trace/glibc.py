"""Whether a thread does what a helper of glibc's POSIX AIO does, and nothing else. Pure.

glibc's sysdeps/pthread/aio_misc.c: it tries pread(2) first, copies, notifies by rt_sigqueueinfo(2)
or by a new thread, and waits for more in a futex.
"""

from __future__ import annotations

from runner.trace.model import Record

_ITS_CALLS = frozenset({
    "pread64", "pwrite64", "read", "write", "fsync", "fdatasync",
    "futex", "futex_time64", "rt_sigqueueinfo", "clone", "clone3",
    "getpid", "getuid", "gettid", "rt_sigprocmask", "set_robust_list", "rseq", "restart_syscall",
    "mmap", "munmap", "mprotect", "madvise", "brk", "exit", "sched_yield",
    "sched_getparam", "sched_getscheduler", "sched_setscheduler", "sched_getaffinity",
    "clock_gettime", "clock_gettime64", "openat", "close",
})  # fmt: skip


def not_of_glibc(record: Record, thread: int) -> str:
    """Why it is no such helper, as a sentence; empty where it may be one."""
    names = {call.name for call in record.by_thread.get(thread, ())}
    if others := sorted(names - _ITS_CALLS):
        return f"the copying thread is not a POSIX AIO helper: it calls {', '.join(others[:3])}"
    return ""
