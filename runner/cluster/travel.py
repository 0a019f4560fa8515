"""Trials on their way to a host, and with them the files of servers that are no labs of the lab.

The host has the same lab (examined.py checks it), in another place perhaps: paths of it travel
alone. A server of the user's own travels as a parcel, once for a run, into a folder of that run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.cluster import parcel
from runner.cluster.address import AddressError
from runner.cluster.parcel import Parcel, ParcelError
from runner.engine import banner
from runner.engine.box import BuildError
from runner.measure.boxes import server_program
from runner.paths import LABS
from runner.plan import Plan, Trial
from runner.spec import OwnServer, located, program_file

_LABS, _OWN = "labs", "own"
"""A path on its way begins with the name of the folder from which it counts."""


@dataclass(frozen=True, slots=True)
class Luggage:
    """`places` says where each file and each folder is on a host, from the folder of the run; there
    `parcels` are unpacked, each in a folder with its name."""

    places: dict[Path, str] = field(default_factory=dict)
    parcels: dict[str, Parcel] = field(default_factory=dict)

    def add(self, path: Path, beside: Iterable[Path] = ()) -> None:
        """What is `beside` it here is beside it there. Raises ParcelError."""
        if path in self.places:
            return
        number = str(len(self.parcels))
        self.places[path] = f"{number}/{path.name}"
        self.parcels[number] = tuple(
            item for each in (path, *beside) for item in parcel.packed(each, followed=True)
        )


def luggage_of(plan: Plan) -> Luggage:
    """Raises AddressError for a server that cannot travel."""
    luggage = Luggage()
    for trial in plan.trials:
        try:
            _add(luggage, trial)
        except ParcelError as refusal:
            raise AddressError(f"{_named(trial)}: it cannot be sent to hosts: {refusal}") from None
    return luggage


def packed(trials: Iterable[Trial], luggage: Luggage) -> tuple[Trial, ...]:
    """With paths that mean the same on every host."""
    return tuple(_packed(trial, luggage) for trial in trials)


def unpacked(trials: Sequence[Trial], place: Path) -> tuple[Trial, ...]:
    """With paths of this host, where the luggage is in the folder `place`."""
    roots = {_LABS: LABS, _OWN: place}

    def here(path: Path) -> Path:
        return Path(roots[path.parts[0]], *path.parts[1:])

    return tuple(
        replace(trial, folder=here(trial.folder), probe=here(trial.probe) if trial.probe else None)
        for trial in trials
    )


def lay_out(parcels: Mapping[str, Parcel], place: Path) -> None:
    """Raises ParcelError, OSError."""
    for number, each in parcels.items():
        (place / number).mkdir()
        parcel.unpacked(each, place / number)


def _add(luggage: Luggage, trial: Trial) -> None:
    own = trial.own
    if own is not None and own.connect is not None:
        raise AddressError(
            f"{_named(trial)}: a server that runs already (connect) is one for all hosts, which "
            "would load it at the same time; leave it out with --filter, or leave --cluster out"
        )
    if trial.probe is not None and not _ours(trial.probe):
        luggage.add(trial.probe)
    if own is not None and own.folder is None:
        for path in _files(own, trial.folder):
            luggage.add(path)
    elif trial.cell.get("lab") is not None and not _ours(trial.folder):
        luggage.add(trial.folder, _used(trial))


def _used(trial: Trial) -> tuple[Path, ...]:
    """The folders beside its own that it imports from. A line that cannot be read is an error where
    the server is built."""
    try:
        return banner.uses(server_program(trial))
    except BuildError:
        return ()


def _files(own: OwnServer, base: Path) -> list[Path]:
    """All that a command needs of this machine, or the image in which it runs."""
    files = [located(base, typed) for typed in own.files]
    program = _program(own, base)
    context = [_context(located(base, own.build))] if own.build else []
    return [*files, *([program] if program is not None else []), *context]


def _program(own: OwnServer, base: Path) -> Path | None:
    """Of a command that runs in an image the first word is a path there."""
    return None if own.image or own.build else program_file(own, base)


def _context(build: Path) -> Path:
    return build if build.is_dir() else build.parent


def _packed(trial: Trial, luggage: Luggage) -> Trial:
    probe = _there(trial.probe, luggage) if trial.probe else None
    if trial.own is None or trial.own.folder is not None:
        return replace(trial, folder=_there(trial.folder, luggage), probe=probe)
    own = _as_written_there(trial.own, trial.folder, luggage)
    return replace(trial, folder=Path(_OWN), probe=probe, own=own)


def _as_written_there(own: OwnServer, base: Path, luggage: Luggage) -> OwnServer:
    """As a spec would say it in the folder of the run."""
    places, changed = luggage.places, dict[str, object]()
    changed["files"] = tuple(places[located(base, typed)] for typed in own.files)
    program = _program(own, base)
    if program is not None and own.command:
        changed["command"] = (places[program], *own.command[1:])
    if own.build is not None:
        build = located(base, own.build)
        context = _context(build)
        changed["build"] = str(Path(places[context]) / build.relative_to(context))
    return own.model_copy(update=changed)


def _there(path: Path, luggage: Luggage) -> Path:
    if path in luggage.places:
        return Path(_OWN, luggage.places[path])
    if _ours(path):
        return Path(_LABS, path.resolve().relative_to(LABS))
    return Path(_LABS, path.name)  # of a cell without a lab, whose folder nobody reads


def _ours(folder: Path) -> bool:
    return folder.resolve().is_relative_to(LABS)


def _named(trial: Trial) -> str:
    return f"{trial.cell.experiment}/{trial.cell.name}"
