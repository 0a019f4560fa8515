"""Many hosts: a run's trials on the workers of a Dask cluster, one worker a host.

    Address      what was typed behind --cluster, and whether it may be used
    connected    a Link to the scheduler, for as long as a context is open
    examined     what each host is and has, before anything is measured on it
    RemoteHost   a host as the session uses it (runner/session/host.py)

Dask is an extra, and slow to load. So a module that imports it (link, on_host, remote) is itself
imported where a cluster is used, and nowhere at the top of a module outside of this room.
"""

from __future__ import annotations

from runner.cluster.address import Address, AddressError, ClusterError, Keys

__all__ = ["Address", "AddressError", "ClusterError", "Keys"]
