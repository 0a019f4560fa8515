"""A box with a user id of its own in place of namespaces: its files, options and environment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.engine.box import OWN_ROLES, Box, EngineError, MissingError, Program
from runner.engine.process import accounts, visible
from runner.engine.process.accounts import Account
from runner.engine.process.command import Command

FILE_BYTES = 16 << 20
"""The largest file that a box may write, as large as /tmp of a box with namespaces."""


@dataclass(frozen=True, slots=True)
class Apart:
    """`base` is the folder of the boxes' folders, `closed` are paths that no box may be able to
    open, `library` is what the tracer loads; `no_python` says why a box cannot run Python."""

    base: Path
    closed: tuple[Path, ...]
    library: Path
    no_python: str = ""

    def require(self, program: Program) -> None:
        """Raises MissingError for a program in Python that no box can run."""
        if program.language == "python" and self.no_python:
            raise MissingError(
                f"a Python for other users: {self.no_python}",
                "install the lab's Python where every user can read it, such as /opt",
            )

    @contextlib.contextmanager
    def account(self) -> Iterator[Account]:
        """For a box that is started meanwhile: its removal ends the account, and so does a
        failure to start it. Raises EngineError."""
        account = accounts.claim(self.base)
        try:
            yield account
        except BaseException:
            with contextlib.suppress(EngineError):
                account.leave()
            raise

    def options(self, account: Account, box: Box) -> list[str]:
        """A tool of the runner is trusted: it only has another user than the servers."""
        options = ["--account", str(account.uid)]
        if box.program.role in OWN_ROLES:
            return options
        options += ["--own", str(account.folder), "--files", str(FILE_BYTES)]
        options += [word for path in self.closed for word in ("--closed", str(path))]
        options += [word for path in visible.python() for word in ("--see", str(path))]
        options += ["--port", box.env["PORT"]] if "PORT" in box.env else []
        return [*options, "--held"] if box.held else options

    def tracer(self, uid: int) -> tuple[list[str], list[str]]:
        """Options and first words of a tracer of a box with this user id. It stays root, so the box
        cannot end it. The library is for the tracer, and not for the shim that starts it."""
        words = ["/usr/bin/env", f"LD_PRELOAD={self.library}", f"IOLAB_USER={uid}"]
        return ["--account", str(uid), "--traces"], words


def words_of(account: Account, command: Command) -> tuple[str, ...]:
    """The command, with its own files copied into the box's folder."""
    words = command.bare
    for source, at in command.sights:
        if str(source) != at:
            placed = str(account.place(source, at))
            words = tuple(word.replace(str(source), placed) for word in words)
    return words


def see_options(command: Command) -> list[str]:
    """The files of the machine that the command needs where they are."""
    return [word for path, at in command.sights if str(path) == at for word in ("--see", at)]


def environment_of(
    account: Account, box: Box, words: Sequence[str], *, python: bool
) -> dict[str, str]:
    """What a held box with a root of its own does itself (`HOLD`), the engine does here: Python
    runs the content of `IOLAB_SITE` first. `python`: the last word is a script beside whose folder
    lab.py is."""
    env = {"HOME": str(account.tmp), "TMPDIR": str(account.tmp)} | dict(box.env)
    path = [str(Path(words[-1]).parents[1])] if python else []
    site = env.pop("IOLAB_SITE", "")
    if site:
        folder = account.folder / "site"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(site, encoding="utf-8")
        account.open_to_box(folder)
        path = [str(folder), *path]
    return env | ({"PYTHONPATH": ":".join(path)} if path else {})
