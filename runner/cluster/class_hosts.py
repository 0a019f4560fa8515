"""A class over the hosts of a cluster: each submission on one of them, and none of them twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock

from runner.cluster import grading_there, parcel
from runner.cluster.address import ClusterError
from runner.cluster.examined import HostFacts
from runner.cluster.grading_there import Graded, Request
from runner.cluster.link import Link, LostError
from runner.cluster.parcel import ParcelError
from runner.engine.box import Say
from runner.engine.scratch import scratch
from runner.grade.begin import Order, graded_already
from runner.grade.course import ALL, INFRASTRUCTURE, Course, Entry, Progress, RunnerExit
from runner.grade.workspace import GradeFolder
from runner.results import REPORTS, IntegrityError, ResultsError, Signer, seal
from runner.session.crew import Crew, Turns
from runner.session.host import HostLostError

FAILURES_MOST = 3
"""A host on which so many runners failed in a row, each of another submission, is at fault itself:
it fails quickly, so it would be the one that is always free for the next submission."""


class GradingHost:
    """A host that grades one submission at a time."""

    def __init__(self, link: Link, address: str, name: str, facts: HostFacts) -> None:
        self._link, self._address, self._facts = link, address, facts
        self.name = name
        self._failures = 0
        self._lost = False

    @property
    def machine(self) -> str:
        return self._facts.boot

    @property
    def engine(self) -> str:
        return self._facts.engine

    @property
    def sound(self) -> bool:
        """Whether it is there, and the last runner on it has graded."""
        return not self._lost and not self._failures

    def grade(self, request: Request) -> Graded:
        """Raises HostLostError."""
        try:
            return self._graded(request)
        except LostError as lost:
            self._lost = True
            raise HostLostError(f"host {self.name} was lost: {lost}") from None

    def _graded(self, request: Request) -> Graded:
        """Raises LostError."""
        graded = self._link.call(self._address, grading_there.grade, request)
        if not isinstance(graded, Graded):
            raise LostError("it answered what is no grade")
        self._failures = self._failures + 1 if graded.failed else 0
        if self._failures >= FAILURES_MOST:
            raise LostError(f"the last {self._failures} runners failed there: {graded.last_line}")
        return graded

    def stop(self) -> None:
        self._link.stop(self._address)


class ClassOnHosts:
    """`words` are options of `runner grade`. The grades that come back are sealed anew with
    `signer`, because the keys of the hosts are not the user's."""

    def __init__(
        self,
        course: Course,
        order: Order,
        hosts: Sequence[GradingHost],
        words: Callable[[GradingHost], Sequence[str]],
        signer: Signer | None,
        progress: Progress,
        say: Say,
    ) -> None:
        self._course, self._order, self._hosts = course, order, hosts
        self._words, self._signer, self._progress, self._say = words, signer, progress, say
        self._lock = Lock()
        self._left = 0

    def run(self) -> None:
        """At the end those that could not be graded once more, those whose runner failed as well:
        what disturbed them may be gone. Raises KeyboardInterrupt, HostLostError where no host is
        left."""
        entries = [each for each in self._course.entries if not self._graded_already(each)]
        known = len(self._course.entries) - len(entries)
        if known:
            self._say(f"grade: {known} of {len(self._course.entries)} are graded already")
        self._over_hosts(entries, self._hosts)
        sound = [host for host in self._hosts if host.sound]
        self._over_hosts([each for each in entries if self._ungradable(each)], sound)

    def _over_hosts(self, entries: Sequence[Entry], hosts: Sequence[GradingHost]) -> None:
        self._left = len(entries)
        if entries and hosts:
            Crew(
                entries, hosts, self._grade, self._say, named=lambda entry: entry.name,
                given_up=self._given_up,
            ).run()  # fmt: skip

    def _grade(self, entry: Entry, host: GradingHost, turns: Turns) -> None:
        try:
            request = self._request(entry, host)
        except ParcelError as refusal:
            self._ended(RunnerExit(entry, INFRASTRUCTURE, 0.0, str(refusal)))
            return
        with turns.on(host):
            turns.require_going()
            graded = host.grade(request)
        turns.require_going()
        self._keep(entry, host, graded)

    def _keep(self, entry: Entry, host: GradingHost, graded: Graded) -> None:
        line = graded.last_line or f"exit code {graded.code}, and no message"
        code = INFRASTRUCTURE if graded.late else graded.code
        ended = RunnerExit(entry, code, graded.seconds, line, late=graded.late)
        try:
            self._store(entry, graded)
        except (ParcelError, OSError, ResultsError, IntegrityError) as error:
            why = f"what came from host {host.name} cannot be kept: {error}"
            ended = replace(ended, code=INFRASTRUCTURE, last_line=why)
        self._ended(ended)

    def _store(self, entry: Entry, graded: Graded) -> None:
        """The folder of the grade, in the place of an earlier one. What was changed on its way is
        refused. Raises ParcelError, OSError, ResultsError, IntegrityError."""
        if not graded.grade:
            return
        target = GradeFolder(self._course.home / entry.name)
        with scratch(self._course.home) as place, target.held():
            parcel.unpacked(graded.grade, place)
            came = GradeFolder(place / entry.name)
            grade, verification = came.grade(), came.verification()
            if grade is None or verification.unfit():
                raise IntegrityError(f"{entry.name}: {verification.unfit() or 'no grade'}")
            if verification.manifest is not None:
                if came.run.begun:
                    seal(came.run, REPORTS, self._signer, verification.manifest.complete)
                came.seal(self._signer, complete=verification.manifest.complete)
            if any(target.path.iterdir()):
                target.set_aside()
            came.path.rename(target.path)  # an empty folder: a kill leaves all of the grade or none

    def _request(self, entry: Entry, host: GradingHost) -> Request:
        """Raises ParcelError."""
        path = Path(os.path.normpath(entry.path.absolute()))
        return Request(
            assignment=self._assignment.name,
            assignment_files=self._assignment_files,
            submission=path.name,
            submission_files=parcel.packed(path),
            name=entry.name,
            words=(*self._words(host), "--on-host", str(host.name)),
            limit=self._course.limit,
        )

    @property
    def _assignment(self) -> Path:
        return self._order.source.path.resolve()

    @cached_property
    def _assignment_files(self) -> parcel.Parcel:
        try:
            return parcel.packed(self._assignment)
        except ParcelError as error:
            raise ClusterError(f"the assignment cannot be sent: {error}") from None

    def _graded_already(self, entry: Entry) -> bool:
        engine = self._hosts[0].engine
        return graded_already(
            replace(self._order, submission=entry.path, name=entry.name, engine=engine)
        )

    def _ungradable(self, entry: Entry) -> bool:
        grade, ended = self._course.grade_of(entry), self._course.ended.get(entry.name)
        if ended is not None and ended.failed:
            return not ended.late
        return grade is not None and grade.complete and not grade.gradable

    def _given_up(self, entry: Entry, why: str) -> None:
        self._ended(RunnerExit(entry, INFRASTRUCTURE, 0.0, why))

    def _ended(self, ended: RunnerExit) -> None:
        with self._lock:
            self._course.ended[ended.entry.name] = ended
            self._left -= 1
            self._progress(ALL, ended, self._left)
