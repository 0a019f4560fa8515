"""Engine `docker`: a container for every server and every load generator."""

from runner.engine.docker.engine import DockerEngine

__all__ = ["DockerEngine"]
