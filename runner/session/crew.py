"""Several hosts: each does one part of the work after the other, until none is left.

Each host takes the next part as soon as it is free; a part that was begun before the run was
resumed waits for the host that began it. The part of a host that is lost is done anew by another
one, from its beginning: figures of two hosts are not of one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Condition, Lock, Thread
from typing import Generic, Protocol, TypeVar

from runner.engine.box import Say
from runner.plural import number_of
from runner.session.host import HostLostError

LOST_MOST = 2
"""A part that so many hosts were lost with is left as it is: the next host might be lost as well.
"""
Part = TypeVar("Part")


class Member(Protocol):
    """Of a crew: a host of a cluster (runner/session/host.py)."""

    @property
    def name(self) -> str | None: ...

    @property
    def machine(self) -> str: ...

    def stop(self) -> None: ...


Hand = TypeVar("Hand", bound=Member)


class StoppedError(Exception):
    """Another thread ends the run."""


class Turns:
    """Lets hosts that are one machine run one trial at a time."""

    def __init__(self, hosts: Sequence[Member]) -> None:
        self._locks = {host.machine: Lock() for host in hosts}
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True

    def require_going(self) -> None:
        """Raises StoppedError."""
        if self.stopped:
            raise StoppedError

    def on(self, host: Member) -> AbstractContextManager[bool]:
        """For the time of one trial, or of one group."""
        return self._locks[host.machine]


@dataclass(slots=True)
class _Task(Generic[Part]):
    part: Part
    home: str | None
    lost_with: list[str] = field(default_factory=list)


class Crew(Generic[Part, Hand]):
    """Several hosts, a thread each. `work` does a part on a host, or raises HostLostError; `home`
    is the name of the host that has begun it already; `named` says what it is; `given_up` receives
    a part that no host will do, and why."""

    def __init__(
        self,
        parts: Sequence[Part],
        hosts: Sequence[Hand],
        work: Callable[[Part, Hand, Turns], None],
        say: Say,
        named: Callable[[Part], str],
        home: Callable[[Part], str | None] = lambda _part: None,
        given_up: Callable[[Part, str], None] = lambda _part, _why: None,
    ) -> None:
        self._waiting = [_Task(part, home(part)) for part in parts]
        self._named, self._given_up = named, given_up
        self._there = {host.name for host in hosts}
        self._hosts, self._work, self._say = hosts, work, say
        self._turns = Turns(hosts)
        self._changed = Condition()
        self._busy = 0
        self._left = len(hosts)
        self._lost: list[str] = []
        self._failed: BaseException | None = None

    def run(self) -> None:
        """Returns when every part was measured. Raises HostLostError where no host is left for one,
        KeyboardInterrupt, and whatever ended a host's thread."""
        threads = [Thread(target=self._host, args=(host,), daemon=True) for host in self._hosts]
        for thread in threads:
            thread.start()
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._left or self._failed)
        finally:
            self._stop()
            for thread in threads:
                thread.join()
        if self._failed is not None:
            raise self._failed
        if self._waiting:
            left = number_of(len(self._waiting), "part")
            raise HostLostError(f"no host is left for {left} of the plan: {'; '.join(self._lost)}")

    def _stop(self) -> None:
        """Each host ends what it runs. Where all have ended already there is nothing to end."""
        self._turns.stop()
        with self._changed:
            left = self._left
            self._changed.notify_all()
        if left:
            for host in self._hosts:
                host.stop()

    def _host(self, host: Hand) -> None:
        try:
            while (task := self._next(host)) is not None:
                self._do(task, host)
        except HostLostError as lost:
            self._say(f"cluster: {lost}")
            self._lost.append(str(lost))
            with self._changed:
                self._there.discard(host.name)
        except StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits for all
            self._failed = self._failed or error
            self._turns.stop()
        finally:
            with self._changed:
                self._left -= 1
                self._changed.notify_all()

    def _next(self, host: Hand) -> _Task[Part] | None:
        """The next part; None where there is none, and no host can leave one behind any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._free(host) or self._ended)
            self._turns.require_going()
            task = next(iter(self._free(host)), None)
            if task is not None:
                self._waiting.remove(task)
                self._busy += 1
            return task

    def _free(self, host: Hand) -> list[_Task[Part]]:
        """The parts that no other host has begun, of those that are still there."""
        others = self._there - {host.name}
        return [task for task in self._waiting if task.home not in others]

    @property
    def _ended(self) -> bool:
        return self._turns.stopped or not (self._waiting or self._busy)

    def _do(self, task: _Task[Part], host: Hand) -> None:
        again = False
        try:
            self._work(task.part, host, self._turns)
        except HostLostError as lost:
            task.lost_with.append(str(host.name))
            again = len(task.lost_with) < LOST_MOST
            if not again:
                who = " and ".join(task.lost_with)
                self._say(f"cluster: given up: {self._named(task.part)}: {who} were lost with it")
                self._given_up(task.part, str(lost))
            raise
        finally:
            with self._changed:
                self._busy -= 1
                if again:
                    self._waiting.insert(0, _Task(task.part, None, task.lost_with))
                self._changed.notify_all()
