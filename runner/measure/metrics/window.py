"""The server's accounting before, in and after the measured window."""

from __future__ import annotations

from dataclasses import dataclass

from runner.records.usage import Usage


@dataclass(frozen=True, slots=True)
class Window:
    """The server's accounting: when READY, when all connections are open, and at both ends of the
    measured window."""

    ready: Usage
    connected: Usage
    start: Usage
    end: Usage
    stretch: float = 1.0
    """How many times its own time the window lasted: more than 1 where trials took turns."""

    @property
    def seconds(self) -> float:
        return (self.end.at_ns - self.start.at_ns) / 1e9

    @property
    def cpu_share(self) -> float:
        """CPU seconds a second, over the time between the samples and not the load generator's
        window: so a late sample makes no error."""
        return (self.end.cpu_ns - self.start.cpu_ns) / (self.end.at_ns - self.start.at_ns)

    @property
    def server_cpu(self) -> float:
        """The same for each second of its own turns; switches are counted likewise."""
        return self.cpu_share * self.stretch

    @property
    def waited(self) -> float:
        """Seconds a second for which the server was ready and had no CPU."""
        return (self.end.wait_ns - self.start.wait_ns) / (self.end.at_ns - self.start.at_ns)

    @property
    def switches_per_second(self) -> float:
        def total(usage: Usage) -> int:
            return usage.voluntary_switches + usage.involuntary_switches

        return (total(self.end) - total(self.start)) / self.seconds * self.stretch
