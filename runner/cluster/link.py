"""The connection to a scheduler, and to its workers: begun, watched, ended."""

from __future__ import annotations

import contextlib
import logging
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any

import dask
from distributed import Client, Future, LocalCluster, Security, wait
from distributed.comm.core import CommClosedError

from runner.cluster.address import (
    Address,
    AddressError,
    ClusterError,
    Keys,
    Network,
    require_declared,
)
from runner.cluster.on_host import KEY, Choose, OnHost
from runner.engine.box import Say

CONNECT_SECONDS = 20
SILENT_SECONDS = 12.0
"""A worker reports twice a second or so: one that was not heard of for so long is lost."""
LOOK_SECONDS = 0.5
END_SECONDS = 3.0
"""A task that was asked to end has done so by then."""
RESOURCE = "host"
START = "--nworkers 1 --nthreads 1 --resources host=1"
"""How `dask worker` must be called."""
QUIET: Mapping[str, Any] = {
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
    "distributed.comm.retry.count": 0,
    "distributed.admin.tick.limit": "30s",
    "distributed.admin.large-graph-warning-threshold": "1GiB",
}
"""Dask looks a hundred times a second where its own tasks are: that would be measured too. A parcel
may be large, and it would say so."""


LOGGING = ("client", "core", "comm", "nanny", "scheduler", "worker", "utils_comm", "deploy.spec")
"""The parts of Dask that write to stderr what the lab says in a sentence."""


class LostError(ClusterError):
    """Why a task will not come back."""


class Link:
    """`name` is that of this coordinator on all hosts."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.name = f"{platform.node()}-{secrets.token_hex(4)}"
        self._heard: dict[str, tuple[float, float]] = {}
        self._number = 0
        self._running: dict[str, Future[Any]] = {}

    def workers(self) -> dict[str, dict[str, Any]]:
        """By address. Raises LostError where the scheduler does not answer."""
        scheduler = self.client.scheduler
        if self.client.status != "running" or scheduler is None:
            raise LostError("the scheduler is gone")
        # Not scheduler_info(): that reads what a timer of the client may have written meanwhile,
        # which has no workers in it.
        try:
            info = self.client.sync(
                scheduler.identity, n_workers=-1, callback_timeout=CONNECT_SECONDS
            )
        except (OSError, RuntimeError, CommClosedError, TimeoutError, CancelledError) as error:
            raise LostError(f"the scheduler does not answer: {error}") from None
        return {str(address): dict(about) for address, about in info["workers"].items()}

    def call(
        self,
        address: str,
        function: Callable[..., Any],
        *args: object,
        beside: Sequence[str] = (),
    ) -> Any:
        """The function's result, run on that worker alone and once. `beside` are workers without
        which it has none. Raises LostError."""
        future = self._running[address] = self.submit(address, function, *args)
        try:
            return self.result(future, address, beside)
        finally:
            if not future.done():
                _taken_back(future)

    def stop(self, address: str) -> None:
        """Takes back what runs there, while another thread waits for it. Never raises."""
        future = self._running.get(address)
        if future is not None and not future.done():
            _taken_back(future)

    def ended(self, future: Future[Any]) -> None:
        """Returns when the task has ended, and takes it back where it does not. Never raises."""
        with contextlib.suppress(Exception):
            wait(future, timeout=END_SECONDS)
        if not future.done():
            _taken_back(future)

    def beside(self, address: str, function: Callable[..., Any]) -> None:
        """Calls it on a worker beside its tasks, with this coordinator's name."""
        self.client.run(function, self.name, workers=[address])

    def submit(self, address: str, function: Callable[..., Any], *args: object) -> Future[Any]:
        """Raises LostError."""
        self._number += 1
        key = f"{KEY}{self.name}-{self._number}-{secrets.token_hex(4)}"
        try:
            return self.client.submit(
                function, self.name, *args, key=key, workers=[address], pure=False, retries=0,
                resources={RESOURCE: 1}, allow_other_workers=False,
            )  # fmt: skip
        except (OSError, RuntimeError) as error:
            raise LostError(f"the scheduler is gone: {error}") from None

    def result(self, future: Future[Any], address: str, beside: Sequence[str] = ()) -> Any:
        """Raises LostError: a task whose worker is gone waits for ever, so that is watched."""
        while True:
            # Where its scheduler ends, a task is cancelled.
            with contextlib.suppress(TimeoutError, CancelledError):
                wait(future, timeout=LOOK_SECONDS)
            if future.done():
                break
            for each in (address, *beside):
                self.require_there(each)
        try:
            if future.status == "finished":
                return future.result(timeout=CONNECT_SECONDS)
            if future.status == "error":
                raise LostError(f"its worker failed: {_named(future)}")
        except (OSError, CommClosedError, TimeoutError, CancelledError) as error:
            raise LostError(f"its answer did not come: {error}") from None
        raise LostError("its task was taken back, or the scheduler is gone")

    def require_there(self, address: str) -> None:
        """Raises LostError where the worker has ended or is silent."""
        workers = self.workers()
        if address not in workers:
            raise LostError("its worker has ended, or is cut off")
        seen, now = float(workers[address].get("last_seen", 0.0)), time.monotonic()
        before, since = self._heard.get(address, (-1.0, now))
        if seen != before:
            self._heard[address] = (seen, now)
        elif now - since > SILENT_SECONDS:
            raise LostError(f"nothing was heard of its worker for {now - since:.0f} s")

    def forget(self) -> None:
        """Ends this coordinator's engines on all hosts. Never raises."""
        with contextlib.suppress(Exception):
            self.client.unregister_worker_plugin(self.name)


@contextlib.contextmanager
def connected(
    address: Address,
    keys: Keys,
    declared: Sequence[Network],
    where: str,
    engine: str,
    choose: Choose,
    say: Say,
) -> Iterator[Link]:
    """`where` names the file of the `declared` networks. Raises AddressError, ClusterError."""
    keys.require_whole()
    if not address.local:
        require_declared(address.url, declared, where)
    for name in ("distributed", *(f"distributed.{part}" for part in LOGGING)):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(QUIET), contextlib.ExitStack() as stack:
        client = stack.enter_context(_client(address, keys, stack))
        link = Link(client)
        for worker in _reachable(link, address, say):
            require_declared(worker, declared, where)
        try:
            client.register_plugin(OnHost(link.name, engine, choose))
        except Exception as error:  # noqa: BLE001 - whatever the workers' Python says
            raise ClusterError(
                f"a host cannot load the lab ({_first_line(error)}): install iolab[cluster] where "
                "its worker runs"
            ) from None
        stack.callback(link.forget)
        yield link


def _client(address: Address, keys: Keys, stack: contextlib.ExitStack) -> Client:
    security = _security(address, keys)
    try:
        if address.local:
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=address.local, threads_per_worker=1, processes=True,
                    resources={RESOURCE: 1}, security=security, protocol="tls://",
                    dashboard_address=None, host="127.0.0.1", silence_logs=logging.CRITICAL,
                    worker_dashboard_address=None, memory_limit=0,
                )
            )  # fmt: skip
            return Client(cluster)
        return Client(address.url, security=security, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, RuntimeError, ValueError, TypeError) as error:
        what = address.url or f"local:{address.local}"
        raise ClusterError(f"--cluster {what}: {_first_line(error)}") from None


def _security(address: Address, keys: Keys) -> Security | None:
    """Of Dask: the files that were named, else those of its own configuration; for a cluster of
    this machine keys that are made now and live as long as it."""
    if address.local:
        made: Security = Security.temporary()
        return made
    if not address.encrypted:
        if keys.given:
            raise AddressError(f"{address.url} is not encrypted; type tls:// or leave --tls-ca out")
        return None
    if not keys.given:
        return Security(require_encryption=True)
    return Security(
        tls_ca_file=str(keys.authority),
        tls_client_cert=str(keys.certificate),
        tls_client_key=str(keys.key),
        require_encryption=True,
    )


def _reachable(link: Link, address: Address, say: Say) -> list[str]:
    """The addresses of the workers. One without the resource is named, and not used."""
    if not address.encrypted:
        say(f"cluster: {address.url} is not encrypted: every program on its network can run "
            "others on its hosts; see docs/scale.md")  # fmt: skip
    with contextlib.suppress(TimeoutError):  # a queue of jobs may start them later
        link.client.wait_for_workers(max(address.local, 1), timeout=CONNECT_SECONDS)
    workers = link.workers()
    fit = [each for each, about in workers.items() if about.get("resources", {}).get(RESOURCE) == 1]
    for each in sorted(set(workers) - set(fit)):
        say(f"cluster: worker {each} is left out: start it with {START}")
    if not fit:
        raise ClusterError(
            f"the cluster has no worker for the lab; type: dask worker {address.url} {START}"
        )
    return fit


def _taken_back(future: Future[Any]) -> None:
    with contextlib.suppress(Exception):
        future.cancel()


def _named(future: Future[Any]) -> str:
    error = future.exception(timeout=CONNECT_SECONDS)
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
