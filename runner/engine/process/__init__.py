"""The engine that needs only a C compiler: boxes are processes in namespaces."""

from runner.engine.process.engine import ProcessEngine

__all__ = ["ProcessEngine"]
