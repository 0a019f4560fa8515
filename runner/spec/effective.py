"""A suite as the YAML that would say the same with nothing left to guess."""

from __future__ import annotations

from typing import Any

import yaml

from runner.kinds import KINDS
from runner.spec.fleet import unused_keys
from runner.spec.suite import Suite


def effective(suite: Suite) -> str:
    """YAML text with every default and include filled in; it loads again to an equal suite."""
    whole = suite.model_dump(mode="json", exclude_none=True)
    if not whole["servers"]:
        del whole["servers"]  # the hash of older specs stays
    for server in whole.get("servers", {}).values():
        for name in [name for name, value in server.items() if value in ([], {})]:
            del server[name]
    for experiment in whole["experiments"]:
        for name in unused_keys(KINDS[experiment["measure"]]):
            experiment["fleet"].pop(name, None)
        if "probe" in experiment and "server" in experiment:
            del experiment["probe"]["language"]  # it is the server's
        if "exchange" in experiment["fleet"]:
            experiment["fleet"].pop("payload", None)
        for name in [name for name, value in experiment.items() if value is False or value == []]:
            del experiment[name]
    return _dumped(whole)


def _dumped(whole: dict[str, Any]) -> str:
    return yaml.safe_dump(
        whole, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
