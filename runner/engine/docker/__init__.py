"""Engine `docker`: a container for every server and every fleet."""

from runner.engine.docker.engine import DockerEngine

__all__ = ["DockerEngine"]
