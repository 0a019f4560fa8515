"""One server, many load generators: a host that serves, and others that send its load.

A team is a host to the session: its records name all of its members, so that figures of two teams
are never compared, and a part that was begun by one team is measured anew by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from threading import Event, Thread
from typing import Any

from runner.cluster import on_host
from runner.cluster.leading import LentHost
from runner.cluster.lease import RENEWED
from runner.cluster.link import Link, LostError
from runner.cluster.remote import RemoteHost
from runner.measure.fleet import OnProgress
from runner.plan import Plan, Trial
from runner.records.outcome import Outcome
from runner.session.host import HostLostError


class Team:
    """Implements Host. `gone` receives the address of a member that is lost."""

    def __init__(
        self,
        link: Link,
        server: RemoteHost,
        senders: Sequence[RemoteHost],
        gone: Callable[[str], None],
    ) -> None:
        self._link, self._server, self._senders = link, server, tuple(senders)
        self._gone = gone
        self._members = (server, *self._senders)
        self._lost = ""
        self.name = f"{server.name} (load: {', '.join(each.name for each in senders)})"

    @property
    def machine(self) -> str:
        return self._server.machine

    @property
    def engine(self) -> str:
        return self._server.engine

    def adapted(self, plan: Plan) -> Plan:
        return self._server.adapted(plan)

    def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
        del on_progress
        lent = [LentHost(each.name, each.address, each.place) for each in self._senders]
        addresses = [each.address for each in self._members]
        try:
            with self._renewed(), self._lent():
                lines = self._link.call(
                    self._server.address, on_host.measure_apart, self._server.packed(trials), lent,
                    beside=addresses,
                )  # fmt: skip
            return [
                self._server.read(t, line, self.name) for t, line in zip(trials, lines, strict=True)
            ]
        except (LostError, ValueError) as lost:
            self._lost = self._who() or f"host {self.name} was lost: {lost}"
            return [self._server.unmeasured(each, self._lost, self.name) for each in trials]

    def after_error(self) -> None:
        """A member that is lost is so by now, or after a while of silence."""
        lost = self._lost or self._who()
        if lost:
            raise HostLostError(lost)
        self._server.after_error()

    def until_quiet(self, seconds: float) -> float:
        return self._server.until_quiet(seconds)

    def stop(self) -> None:
        for each in self._members:
            each.stop()

    def _who(self) -> str:
        """Which member is lost."""
        for each in self._members:
            try:
                self._link.require_there(each.address)
            except LostError as lost:
                self._gone(each.address)
                return f"host {each.name} was lost: {lost}"
        return ""

    @contextmanager
    def _lent(self) -> Iterator[None]:
        """Each load host does nothing else meanwhile. The server's host gives them back; one that
        it could not reach ends what it does when its task is taken back."""
        tasks = [self._link.submit(each.address, on_host.lend) for each in self._senders]
        try:
            yield
        finally:
            for task in tasks:
                self._link.ended(task)

    @contextmanager
    def _renewed(self) -> Iterator[None]:
        """Says on each host, again and again, that this coordinator is there."""
        over = Event()
        threads = [
            Thread(target=self._renew, args=(each.address, over), daemon=True, name="lease")
            for each in self._members
        ]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            over.set()

    def _renew(self, address: str, over: Event) -> None:
        while not over.wait(RENEWED):
            with suppress(Exception):  # a host that is lost is noticed elsewhere
                self._link.beside(address, on_host.renew)


class Teams:
    """Of the hosts that are left, one after the other. One that was cut off is still known to the
    scheduler for a while, and is not asked again."""

    def __init__(self, link: Link, hosts: Sequence[RemoteHost]) -> None:
        self._link, self._hosts = link, tuple(hosts)
        self._gone: set[str] = set()

    def of(self, count: int) -> Team | None:
        """With `count` hosts that send load; None where the hosts are too few."""
        try:
            workers: dict[str, dict[str, Any]] = self._link.workers()
        except LostError:
            return None
        there = [e for e in self._hosts if e.address in workers and e.address not in self._gone]
        apart = list({each.place: each for each in there if networked(each.place)}.values())
        if len(apart) <= count:
            return None
        return Team(self._link, apart[0], apart[1 : count + 1], self._gone.add)


def networked(place: str) -> bool:
    """Whether other hosts reach this one there: the load generators know IPv4 alone."""
    with suppress(ValueError):
        address = ip_address(place)
        return address.version == 4 and not address.is_loopback
    return False


def others(places: Sequence[str]) -> int:
    """How many hosts can send load to another one."""
    return max(0, len({place for place in places if networked(place)}) - 1)
