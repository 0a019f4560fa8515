"""What a shell offers when Tab is pressed: labs, specs, experiments, runs, claims, assignments.

A user waits for it at each key, so every function loads what it needs and nothing else. What cannot
be read is not offered: an error would be printed into the line that is being typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from runner.paths import LABS, ROOT, SPEC

Items = list[CompletionItem[str]]
Completed = Callable[[click.Context, click.Parameter, str], Items]
YAML = (".yaml", ".yml")
HELP_CHARACTERS = 60


def labs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The labs and the own servers of the spec; where a path is begun, folders."""
    del param
    if "/" in incomplete or incomplete.startswith("."):
        return [CompletionItem(incomplete, type="dir")]
    names = {path.parent.name for path in LABS.glob("*/server*.*")}
    return _offered(sorted(names | _own_servers(ctx)), incomplete)


def specs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The YAML files in the folder that is typed, and the specs that come with the lab."""
    del ctx, param
    folder = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    here = [str(path) for path in folder.glob("*") if path.suffix in YAML]
    there = [SPEC, *LABS.glob("*.yaml"), *LABS.glob("[!h]*/*.yaml")]  # no assignment of homework/
    names = {*here, *(str(path.relative_to(ROOT)) for path in there)}
    return _offered(sorted(names), incomplete) or [CompletionItem(incomplete, type="file")]


def experiments(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Of the spec that was typed before, else of the one that would be run."""
    del param
    from runner.spec import SpecError, chosen, load

    try:
        suite = load(chosen(ctx.params.get("spec")), labs=False)
    except SpecError:
        return []
    return _offered({each.id: each.title for each in suite.experiments}.items(), incomplete)


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The names that `runner list` shows, the newest first; where a path is begun, folders."""
    del param
    results = Path(ctx.params.get("results") or "results")
    names = sorted((path.parent.name for path in results.glob("*/run.json")), reverse=True)
    return _offered(names, incomplete) or [CompletionItem(incomplete, type="file")]


def claims(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    del ctx, param
    from runner.claims import BELIEFS, CLAIMS

    said = {name: each.says for name, each in (CLAIMS | BELIEFS).items()}
    return _offered(said.items(), incomplete.upper())


def assignments(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    del ctx, param
    if "/" in incomplete or incomplete.startswith("."):
        return [CompletionItem(incomplete, type="dir")]
    names = sorted(path.parent.name for path in (LABS / "homework").glob("*/grade.yaml"))
    return _offered(names, incomplete) or [CompletionItem(incomplete, type="file")]


def _offered(names: Iterable[str | tuple[str, str]], incomplete: str) -> Items:
    """Those that begin as what was typed, with what a shell may show beside them."""
    pairs = [(each, "") if isinstance(each, str) else each for each in names]
    return [
        CompletionItem(name, help=about[:HELP_CHARACTERS].replace("\n", " ") or None)
        for name, about in pairs
        if name.startswith(incomplete)
    ]


def _own_servers(ctx: click.Context) -> set[str]:
    from runner.spec import SpecError, chosen, load

    try:
        spec = chosen(ctx.params.get("spec"))
        return set() if spec == SPEC else set(load(spec, labs=False).servers)
    except SpecError:
        return set()
