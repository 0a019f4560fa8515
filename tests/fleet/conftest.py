"""The fleet, as it is shipped and with sanitizers."""

from __future__ import annotations

from pathlib import Path

import pytest

from .driving import compiled

SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


@pytest.fixture(scope="session")
def fleet_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled as the runner compiles it."""
    return compiled(tmp_path_factory.mktemp("fleet") / "fleet", "-O2")


@pytest.fixture(scope="session")
def sanitized_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ends with an error on the first wrong access or undefined operation."""
    return compiled(tmp_path_factory.mktemp("fleet") / "sanitized", "-O1", *SANITIZERS)


@pytest.fixture(params=["plain", "sanitized"])
def program(request: pytest.FixtureRequest, fleet_program: Path, sanitized_program: Path) -> str:
    """Each of the two in turn."""
    return str(fleet_program if request.param == "plain" else sanitized_program)
