"""The fleet, as it is shipped and with sanitizers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiled_once import compiled_once

from .driving import compiled

SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


@pytest.fixture(scope="session")
def fleet_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled as the runner compiles it."""
    return compiled_once(tmp_path_factory, "fleet", lambda target: compiled(target, "-O2"))


@pytest.fixture(scope="session")
def sanitized_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ends with an error on the first wrong access or undefined operation."""
    return compiled_once(
        tmp_path_factory, "fleet-sanitized", lambda target: compiled(target, "-O1", *SANITIZERS)
    )


@pytest.fixture(params=["plain", "sanitized"])
def program(request: pytest.FixtureRequest, fleet_program: Path, sanitized_program: Path) -> str:
    """Each of the two in turn."""
    return str(fleet_program if request.param == "plain" else sanitized_program)
