"""Where a submission was graded: the facts of a machine that a result may depend on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from runner.records.json_line import first_fault
from runner.untrusted import parsed_object

GRADER = "grader.json"
"""Beside grade.yaml: the machine on which the instructor calibrated the assignment and grades."""
SIZE_MAX = 64 << 10


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What is not known is empty or null."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    engine: str
    """`docker` or `process`."""
    kernel: str
    cpu: str = ""
    """The model of the CPUs."""
    cpus: int = 0
    """How many CPUs the runner may use."""
    quota: float | None = None
    """How many CPUs a quota of the control group allows; null without a quota."""
    memory: int | None = None
    """Bytes."""
    nofile: int | None = None
    """The highest number of descriptors that a server can get."""
    compiler: str = ""
    """What compiles servers in C: the machine's compiler, or that of the image by its digest."""
    python: str = ""
    """What runs servers in Python, in the same way."""
    io_uring: str = ""
    """`kernel.io_uring_disabled`: 0 for everyone, 1 with privileges only, 2 for no one."""
    lab: str = ""
    """The version of the lab, and its git revision where there is one."""
    checks: str = ""
    """A hash of the public checks."""
    lacks: tuple[str, ...] = ()
    """Protections and facilities that are missing."""


@cache
def _facts() -> TypeAdapter[MachineFacts]:
    return TypeAdapter(MachineFacts)


def facts_of(
    about: Mapping[str, Any], *, nofile: int, quota: float | None, checks: str
) -> MachineFacts:
    """From the `run.json` of the grading."""
    host, engine = about.get("host") or {}, about.get("engine") or {}
    images = engine.get("images") or {}
    packages = host.get("packages") or {}
    git = host.get("git") or ""
    lab = " ".join(part for part in (packages.get("iolab") or "", str(git)[:12]) if part)
    within = str(engine.get("debian") or "")
    docker = engine.get("name") == "docker"
    digest = within.removeprefix("sha256:")[:12]
    image = f"Debian's, image {digest}" if digest else "that of the server's image"
    return MachineFacts(
        engine=str(engine.get("name") or ""),
        kernel=str(engine.get("kernel") or host.get("kernel") or ""),
        cpu=str(host.get("cpu") or ""),
        cpus=len(host.get("cpus") or ()),
        quota=quota,
        memory=host.get("memory_bytes"),
        nofile=nofile,
        compiler=image if docker and images else str(engine.get("compiler") or ""),
        python=image if docker and images else str(engine.get("python") or ""),
        io_uring=str((host.get("sysctl") or {}).get("kernel.io_uring_disabled") or ""),
        lab=lab,
        checks=checks,
        lacks=_lines(engine.get("lacks")),
    )


def _lines(given: object) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, Iterable) else ()


def as_text(facts: MachineFacts) -> str:
    """The content of grader.json."""
    return _facts().dump_json(facts, indent=1).decode() + "\n"


def from_text(text: bytes | str) -> MachineFacts:
    """Raises ValueError, which names the field."""
    parsed_object(text, SIZE_MAX)
    try:
        return _facts().validate_json(text)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
