"""A class over hosts of which one fails at once, whatever it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from runner.cluster.class_hosts import FAILURES_MOST, ClassOnHosts, GradingHost
from runner.cluster.examined import HostFacts
from runner.cluster.grading_there import Graded, Request
from runner.cluster.link import Link
from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.begin import Order
from runner.grade.course import Course, Entry
from runner.session.conditions import Conditions

BROKEN, COUNT = "tcp://broken:1", 12


@dataclass
class Scripted:
    """In the place of a Link: on one address every runner fails, on the others each ends well."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def call(self, address: str, _function: Callable[..., Any], request: Request) -> Graded:
        self.asked.append((address, request.name))
        code, line = (3, "no compiler") if address == BROKEN else (0, "100 of 100")
        return Graded(code, 0.0, line, late=False, grade=())

    def stop(self, _address: str) -> None: ...


def facts(machine: str) -> HostFacts:
    conditions = Conditions(host={}, engine={"name": "process"})
    return HostFacts("lab", "1", machine, conditions, 1024, (0, 1), (), (), {})


def test_a_host_that_fails_at_once_does_not_take_the_class(tmp_path: Path) -> None:
    (tmp_path / "assignment").mkdir()
    entries = []
    for number in range(COUNT):
        (tmp_path / "class" / str(number)).mkdir(parents=True)
        entries.append(Entry(str(number), tmp_path / "class" / str(number)))
    link, said = Scripted(), list[str]()
    hosts = [
        GradingHost(cast("Link", link), address, name, facts(name))
        for address, name in ((BROKEN, "broken"), ("tcp://sound:1", "sound"))
    ]
    course = Course(tmp_path / "grades", entries, lambda *_: ())
    order = Order(
        AssignmentFolder(tmp_path / "assignment"), tmp_path / "class", tmp_path, "process"
    )
    ClassOnHosts(
        course, order, hosts, lambda _host: (), None, lambda *_: None, said.append
    ).run()  # fmt: skip
    assert {ended.code for ended in course.ended.values()} == {0}
    assert len(course.ended) == COUNT
    failed = [name for address, name in link.asked if address == BROKEN]
    assert len(failed) <= FAILURES_MOST
    why = "cluster: host broken was lost: the last 3 runners failed there: no compiler"
    assert said == ([why] if len(failed) == FAILURES_MOST else [])
