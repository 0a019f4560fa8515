"""Where the `servers` of a spec are on this machine, and in which language each is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.paths import LABS
from runner.spec.labs import SERVERS
from runner.spec.own_files import literal, located
from runner.spec.own_server import OwnServer
from runner.spec.problem import Key, WrongError, clipped, did_you_mean
from runner.spec.scalar import SLUG

Problems = Iterator[tuple[Key, WrongError]]


def names_wrong(servers: Mapping[str, OwnServer], labs: Path) -> Problems:
    """Names that are no names, or those of labs."""
    for name in servers:
        key: Key = ("servers", name)
        if not re.fullmatch(SLUG, name) or name.endswith("\n"):
            what = f"'{clipped(name)}' is no name of a server"
            yield key, WrongError(what, "type lower-case letters, digits, '-' and '_'")
        elif any(os.path.lexists(root / name) for root in (labs, LABS)):
            what = f"'{name}' is a lab's name"
            yield key, WrongError(what, suggestion=f"type another one, such as my-{name}")


def folders_of(servers: Mapping[str, OwnServer], base: Path) -> dict[str, Path]:
    """The folder of each. Relative ones begin at the spec's folder, `base`."""
    return {
        name: located(base, server.folder)
        for name, server in servers.items()
        if server.folder is not None
    }


def with_language(
    servers: Mapping[str, OwnServer], folders: Mapping[str, Path]
) -> dict[str, OwnServer]:
    """Each with its language, as far as its folder shows one."""
    return {
        name: server if server.language else _spoken(server, folders.get(name))
        for name, server in servers.items()
    }


def missing_folders(servers: Mapping[str, OwnServer], folders: Mapping[str, Path]) -> Problems:
    """Folders that are not there, or hold no server in the language that is asked for."""
    for name, folder in folders.items():
        key: Key = ("servers", name, "folder")
        server = servers[name]
        typed = clipped(str(server.folder), 80)
        if folder.is_file():
            holder = clipped(str(Path(str(server.folder)).parent), 80)
            yield key, WrongError(f"'{typed}' is a file", suggestion=f"type its folder: {holder}")
        elif not folder.is_dir():
            near = literal(typed) or _near(folder)
            yield key, WrongError(f"there is no folder '{typed}'", _where(folder), near)
        elif server.language is None:
            expected = f"a server's folder has one of {', '.join(SERVERS.values())}"
            yield key, WrongError(f"no server is in '{typed}'", expected, _renamed(folder))
        elif not os.path.lexists(folder / SERVERS[server.language]):
            what = f"'{typed}' has no {SERVERS[server.language]}"
            there = [word for word, file in SERVERS.items() if os.path.lexists(folder / file)]
            instead = f"type language: {there[0]}" if there else ""
            yield ("servers", name, "language"), WrongError(what, suggestion=instead)


def _spoken(server: OwnServer, folder: Path | None) -> OwnServer:
    if folder is None:
        return server
    there = (word for word, file in SERVERS.items() if os.path.lexists(folder / file))
    return server.model_copy(update={"language": next(there, None)})


def _where(folder: Path) -> str:
    return f"the spec's folder leads to {clipped(str(folder), 200)}"


def _near(folder: Path) -> str:
    try:
        beside = [path.name for path in folder.parent.iterdir() if path.is_dir()]
    except OSError:
        return ""
    return did_you_mean(folder.name, beside)


def _renamed(folder: Path) -> str:
    """A file whose name is nearly right: Server.c, main.c."""
    try:
        files = sorted(path.name for path in folder.iterdir() if path.is_file())
    except OSError:
        return ""
    suffixes = {".c": "server.c", ".py": "server.py"}
    alike = [name for name in files if name.lower() in (each.lower() for each in SERVERS.values())]
    near = alike or [name for name in files if Path(name).suffix in suffixes]
    if not near:
        return ""
    right = next((each for each in SERVERS.values() if each.lower() == near[0].lower()), "")
    return f"rename {clipped(near[0])} to {right or suffixes[Path(near[0]).suffix]}"
