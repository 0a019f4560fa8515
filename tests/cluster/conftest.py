"""A loud word where there could be no hosts in namespaces, or no Slurm."""

from __future__ import annotations

import pytest

from tests.cluster.lab import lack
from tests.cluster.slurm import lack as slurm_lack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if why := lack():
        terminalreporter.write_sep(
            "!", "TESTS OF A CLUSTER'S HOSTS WERE SKIPPED", red=True, bold=True
        )
        terminalreporter.write_line(f"no hosts in network namespaces: {why}")
    elif why := slurm_lack():
        terminalreporter.write_sep("!", "SLURM WAS NOT TRIED", red=True, bold=True)
        terminalreporter.write_line(f"no Slurm cluster: {why}")
