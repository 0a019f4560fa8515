"""The hosts that send the load of a trial, as its steps use them, on the host of the server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, cast

from runner.cluster.far_box import FarBox
from runner.cluster.leading import Ahead, Leading, LentHost
from runner.engine.box import EngineError, Nofile, Running
from runner.engine.doorway import Doorway
from runner.machine import Moment, Own, disturbance
from runner.machine.moment import Cpu
from runner.machine.network import Traffic, traffic
from runner.measure.metrics import Span, busy, overlap, skew
from runner.plan import Trial
from runner.records.apart import Apart, LoadHost
from runner.records.fleet_output import FleetResult

LENT_SECONDS = 20.0
LEAD_NS = 100_000_000
"""The start is so far ahead when it is agreed: the message must be there before it."""
_PING_SECONDS = 3.0
_LOOK_SECONDS = 0.02


class LoadHosts:
    """Implements Afar."""

    def __init__(self, leading: Leading) -> None:
        self._leading = leading
        self._door: Doorway | None = None
        self._ahead: dict[str, Ahead] = {}
        self._before: Traffic = Traffic()
        self._there: dict[str, Traffic] = {}
        self._at = 0

    def await_lent(self) -> None:
        """Raises EngineError."""
        deadline = time.monotonic() + LENT_SECONDS
        for host in self._leading.hosts:
            while not self._leading.ask(host, "ready")["lent"]:
                if time.monotonic() > deadline:
                    raise EngineError(f"load host {host.name} is busy with something else")
                time.sleep(_LOOK_SECONDS)

    def give_back(self) -> None:
        for host in self._leading.hosts:
            try:
                self._leading.ask(host, "give_back", _PING_SECONDS)
            except EngineError:
                continue  # its lease ends

    def door(self, boxes: ExitStack) -> Doorway:
        self._door = Doorway([host.address for host in self._leading.hosts])
        boxes.callback(self._door.close)
        return self._door

    def launch(
        self, boxes: ExitStack, trial: Trial, index: int, arguments: Sequence[str]
    ) -> Running:
        host = self._leading.hosts[index // trial.fleets]
        about = self._leading.ask(
            host, "launch", words=list(arguments), place=index % trial.fleets, label=trial.id
        )
        box = FarBox(
            self._leading, host, int(about["number"]), Nofile(*about["nofile"]),
            tuple(about["cpus"]),
        )  # fmt: skip
        boxes.callback(box.remove)
        return box

    def start(self, server: Running, parts: Sequence[Running]) -> None:
        used = self._used(parts)
        self._ahead = {host.name: self._leading.ahead(host) for host in used}
        self._there = {host.name: self._traffic(host) for host in used}
        self._before = self._own(server)
        lead = max([LEAD_NS, *(5 * each.trip for each in self._ahead.values())])
        self._at = time.monotonic_ns() + lead
        for host, boxes in used.items():
            at = self._at + self._ahead[host.name].middle
            self._leading.ask(host, "start", numbers=[each.number for each in boxes], at=at)

    def ended(
        self, server: Running, parts: Sequence[Running], results: Sequence[FleetResult]
    ) -> Apart:
        own = self._own(server).since(self._before)
        spans: list[Span] = []
        hosts = []
        for host, boxes in self._used(parts).items():
            known = self._ahead[host.name].at_worst(self._leading.ahead(host))
            lost = self._traffic(host).since(self._there[host.name])
            mine = [
                Span(each.began_ns, each.began_ns + int(each.seconds * 1e9), known.least,
                     known.most)
                for box, each in zip(parts, results, strict=True)
                if box in boxes
            ]  # fmt: skip
            spans += mine
            hosts.append(
                LoadHost(
                    name=host.name,
                    address=host.address,
                    ahead_least_ns=known.least,
                    ahead_most_ns=known.most,
                    round_trip_ns=self._ahead[host.name].trip,
                    began_ns=min(each.began for each in mine) - known.middle - self._at,
                    ended_ns=max(each.ended for each in mine) - known.middle - self._at,
                    dropped=lost.dropped,
                    retransmits=lost.retransmits,
                    cpus=tuple(cpu for box in boxes for cpu in box.cpus),
                )
            )
        return Apart(
            address=self._door.address if self._door else "",
            hosts=tuple(hosts),
            skew_ns=skew(spans),
            overlap=round(overlap(spans), 6),
            dropped=own.dropped,
            retransmits=own.retransmits,
            needless=own.needless,
        )

    def disturbance(
        self, parts: Sequence[Running], results: Sequence[FleetResult], allowed: float
    ) -> str | None:
        for host, boxes in self._used(parts).items():
            numbers = [each.number for each in boxes]
            seen = self._leading.ask(host, "moments", numbers=numbers)
            if not seen:
                continue
            used = sum(busy(r.cpu) for b, r in zip(parts, results, strict=True) if b in boxes)
            cpus = tuple(dict.fromkeys(cpu for each in boxes for cpu in each.cpus))
            own = Own("load generator", cpus, used)
            reason = disturbance(_moment(seen["first"]), _moment(seen["last"]), [own], allowed)
            if reason:
                return f"load host {host.name}: {reason}"
        return None

    def lost(self) -> str:
        for host in self._leading.hosts:
            try:
                self._leading.ask(host, "ready", _PING_SECONDS)
            except EngineError as error:
                return str(error)
        return ""

    def _used(self, parts: Sequence[Running]) -> dict[LentHost, list[FarBox]]:
        """The hosts of these load generators, in their order."""
        found: dict[LentHost, list[FarBox]] = {}
        for each in cast("Sequence[FarBox]", parts):
            found.setdefault(each.host, []).append(each)
        return found

    def _traffic(self, host: LentHost) -> Traffic:
        server = self._door.way.address if self._door else ""
        about = self._leading.ask(host, "traffic", server=server)
        return Traffic(int(about["dropped"]), int(about["retransmits"]))

    def _own(self, server: Running) -> Traffic:
        devices = (self._door.way.device, self._door.near) if self._door else ()
        return traffic(devices, server.pid)


def _moment(about: dict[str, Any]) -> Moment:
    return Moment(
        at_ns=about["at_ns"],
        own_ns=about["own_ns"],
        load=about["load"],
        cpus={int(number): Cpu(**each) for number, each in about["cpus"].items()},
        pressure_us=about["pressure_us"],
        quota_ns=about["quota_ns"],
    )
