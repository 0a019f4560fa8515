"""Fixtures: servers compiled once a session, engines that start them."""

import functools
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .capabilities import VARIANTS, Variant
from .servers import ProcessEngine, build, raise_nofile

ENGINES = {"process": ProcessEngine}


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Variant], Path]:
    folder = tmp_path_factory.mktemp("bin")
    return functools.cache(functools.partial(build, folder=folder))


@pytest.fixture(scope="session", autouse=True)
def descriptors() -> Iterator[int]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield raise_nofile()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(params=ENGINES)
def engine(
    request: pytest.FixtureRequest, binary: Callable[[Variant], Path], tmp_path: Path
) -> Iterator[ProcessEngine]:
    """Every test ends with this question: did its servers keep the contract to the end?"""
    engine = ENGINES[request.param](binary, tmp_path)
    yield engine
    assert list(engine.close()) == []


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each lab in each language."""
    chosen: Variant = request.param
    return chosen
