"""The loop of aecho as a separate module for each test, with its calls of epoll counted."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .capabilities import LABS

FOLDER = LABS / "aecho"


class Kernel:
    """The epoll object with a list of the calls made on it."""

    def __init__(self, epoll: Any) -> None:
        self.epoll = epoll
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.epoll, name)


def fresh(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path = FOLDER) -> ModuleType:
    """Load a module of a lab without tasks and descriptors of another test."""
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module
