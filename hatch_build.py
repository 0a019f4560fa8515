"""Adds the main job to a wheel. `sources` in pyproject.toml moves folders only, and `force-include`
would also copy the file beside an editable install, where it would grow old."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WithMainJob(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"]["experiments.yaml"] = "runner/project/experiments.yaml"
