"""A class: its submissions graded, a table, grades.csv and grades.html at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from runner.cli.clusters import ClusterOptions
from runner.cli.exit_codes import Exit
from runner.cli.grade_hosts import class_on_hosts
from runner.cli.grade_many import ManyGradings
from runner.cli.grade_outputs import linked
from runner.cli.outputs import Output, write_file
from runner.cli.terminal import out, tell
from runner.grade.begin import Order
from runner.grade.course import Course, Entry, entries
from runner.grade.whole_class import final_grade, held_class, seal_class
from runner.grade.workspace import CLASS_PAGE, GRADES
from runner.plural import number_of
from runner.report.grade import CLASS, View
from runner.results import shown, write_text
from runner.session import HostLostError, user_key
from runner.spec import Assignment


@dataclass(frozen=True, slots=True)
class ClassCommand:
    """The command line for a class: the order's submission is the folder of all of them."""

    order: Order
    engine: str
    cluster: ClusterOptions
    outputs: Sequence[Output]
    view: View
    jobs: int
    trust: bool
    quiet: bool

    def run(self) -> Exit:
        order = self.order
        found, ignored = entries(order.submission)
        if ignored:
            tell(f"grade: no folders and no archives, left out: {', '.join(map(shown, ignored))}")
        if not found:
            raise click.UsageError(f"{shown(order.submission)} holds no submission")
        assignment = order.load()
        with held_class(order.into / order.source.name):
            return self._graded(assignment, found)

    def _graded(self, assignment: Assignment, found: Sequence[Entry]) -> Exit:
        language, order = self.view.language, self.order
        many = ManyGradings(order, self.engine, self.jobs, self.trust, self.quiet, language)
        count = number_of(len(found), "submission")
        if self.cluster.address is not None:
            tell(f"grade: {count}")
            return self._on_hosts(many, many.course_elsewhere(assignment, found))
        course = many.course(assignment, found)
        tell(f"grade: {count}, {self.jobs} at once where no quiet machine is needed")
        stopped = False
        try:
            many.run(course)
        except KeyboardInterrupt:
            stopped = True
        return self._ended(course, stopped=stopped)

    def _on_hosts(self, many: ManyGradings, course: Course) -> Exit:
        """Where no host is left, what was graded is kept, and the error named at the end."""
        stopped: BaseException | None = None
        try:
            class_on_hosts(self.cluster, many, course, self.engine)
        except (KeyboardInterrupt, HostLostError) as error:
            stopped = error
        code = self._ended(course, stopped=stopped is not None)
        if isinstance(stopped, HostLostError):
            raise stopped
        return code

    def _ended(self, course: Course, *, stopped: bool) -> Exit:
        grades = [final_grade(course, entry, self.order) for entry in course.entries]
        complete = not stopped and all(each.complete for each in grades)
        for name, style in ((GRADES, "csv"), (CLASS_PAGE, "html")):
            made = CLASS[style](grades, replace(self.view, reports="."))
            write_text(course.home / name, made.decode())
        seal_class(course.home, user_key(tell), complete=complete)
        on_stdout = "table"
        for output in self.outputs:
            if output.path is None:
                on_stdout = output.format
            else:
                beside = linked(self.view, course.home, output.path)
                write_file(output.path, CLASS[output.format](grades, beside))
        out(CLASS[on_stdout](grades, self.view).decode("utf-8-sig"))
        tell(f"grade: {shown(course.home / GRADES)}; as a page: {shown(course.home / CLASS_PAGE)}")
        if stopped:
            tell("grade: interrupted; the same command goes on")
            return Exit.INTERRUPTED
        return Exit.OK if all(each.gradable for each in grades) else Exit.INCONCLUSIVE
