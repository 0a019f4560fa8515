"""Which engine: Docker where a daemon answers, else processes, and the user is told."""

from __future__ import annotations

from runner.engine.box import Engine, EngineError, Say
from runner.engine.docker import DockerEngine
from runner.engine.process import ProcessEngine

NAMES = ("auto", "docker", "process")


def choose(name: str, say: Say) -> Engine:
    """`auto` never fails for want of a daemon; `docker` does, with the reason (EngineError)."""
    if name == "process":
        return ProcessEngine()
    refused = DockerEngine.refusal(say)
    if refused is None:
        say("engine: docker, a container for every server and fleet")
        return DockerEngine()
    if name == "docker":
        raise EngineError(f"no Docker daemon answers: {refused}; type --engine process")
    say(f"engine: process, because no Docker daemon answers ({refused})")
    return ProcessEngine()


def likely(name: str) -> str:
    """What `choose` would take, without a word and without starting anything."""
    if name != "auto":
        return name
    return "process" if DockerEngine.refusal(lambda _: None) else "docker"
