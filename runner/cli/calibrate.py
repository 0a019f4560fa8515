"""`runner grade --calibrate`: the reference graded as a submission, again and again."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tabulate import tabulate

from runner.cli.exit_codes import Exit
from runner.cli.grade_many import ManyGradings
from runner.cli.terminal import out, tell
from runner.grade.assignment_folder import SERVERS
from runner.grade.begin import Order
from runner.grade.calibration import Chance, chances, why_ungradable
from runner.grade.course import Entry
from runner.grade.machine_facts import GRADER, MachineFacts, as_text
from runner.grade.whole_class import final_grade
from runner.plural import number_of
from runner.results import shown, write_text
from runner.spec import Language

FOLDER = ".calibration"


@dataclass(frozen=True, slots=True)
class CalibrateCommand:
    """The command line. Each language of the assignment is calibrated on its own."""

    order: Order
    engine: str
    times: int
    jobs: int
    trust: bool
    quiet: bool

    def run(self) -> Exit:
        order = replace(self.order, into=self.order.into / FOLDER)
        assignment = order.load()
        failed = False
        machines: list[MachineFacts] = []
        shutil.rmtree(order.into / order.source.name, ignore_errors=True)  # of an earlier one
        with tempfile.TemporaryDirectory(prefix="iolab-") as made:
            for language in assignment.assignment.languages:
                given = _copied(order.source.reference, Path(made) / language, language)
                many = ManyGradings(order, self.engine, self.jobs, self.trust, self.quiet)
                numbers = range(1, self.times + 1)
                entries = [Entry(f"{language}-{number}", given) for number in numbers]
                course = many.course(assignment, entries)
                times = number_of(self.times, "time")
                tell(f"grade: the reference in {language}, graded {times} against itself")
                many.run(course)
                grades = [final_grade(course, each, order) for each in entries]
                machines += [grade.machine for grade in grades if grade.machine is not None]
                found = chances(grades)
                out(f"{language}:\n\n{_table(found)}\n")
                for line in why_ungradable(grades):
                    out(line)
                failed = failed or found[-1].failed > 0
        home = shown(order.into / order.source.name)
        out(f"A server that is as good as the reference fails with the chance in the last column: "
            f"it contains the true one with 95%. The grades are in {home}.")  # fmt: skip
        if machines:
            self._name_the_machine(machines[0], order.into / order.source.name / GRADER)
        return Exit.FAILED if failed else Exit.OK

    def _name_the_machine(self, facts: MachineFacts, path: Path) -> None:
        """Students compare their machines with this one. The folder of the assignment is the
        instructor's to change."""
        write_text(path, as_text(facts))
        place = shown(self.order.source.path / GRADER)
        out(
            f"What this machine is stands in {shown(path)}. If the class is graded here, copy it "
            f"to {place} and give it to the students: their `runner grade --public` then lists "
            "what differs."
        )


def _copied(reference: Path, target: Path, language: Language) -> Path:
    """A copy of the reference without its servers in other languages."""
    others = [name for each, name in SERVERS.items() if each != language]
    shutil.copytree(reference, target, ignore=shutil.ignore_patterns(*others))
    return target


def _table(found: tuple[Chance, ...]) -> str:
    heads = ["check", "failed", "undecided", "not gradable", "ratio", "chance to fail"]
    rows = [
        [
            each.name,
            f"{each.failed} of {each.graded}",
            each.undecided,
            each.ungradable,
            "–" if each.ratios is None else f"×{each.ratios[0]:.2f} to ×{each.ratios[1]:.2f}",
            "unknown" if each.low is None else f"{each.low:.1%} to {each.high:.1%}",
        ]
        for each in found
    ]
    return tabulate(rows, headers=heads, disable_numparse=True)
