"""`runner grade --cluster`: the submissions of a class on the hosts of a cluster."""

from __future__ import annotations

from runner.cli import doctor
from runner.cli.class_progress import ClassProgress, Estimate
from runner.cli.clusters import ClusterOptions
from runner.cli.grade_many import ManyGradings
from runner.cli.terminal import tell
from runner.grade.course import Course
from runner.machine.doctor import Needs
from runner.session import user_key


def class_on_hosts(
    cluster: ClusterOptions, many: ManyGradings, course: Course, engine: str
) -> None:
    """Raises click.UsageError, ClusterError, HostLostError, KeyboardInterrupt."""
    with cluster.connected(engine, tell) as link:
        from runner.cluster.class_hosts import ClassOnHosts
        from runner.cluster.gathering import graders

        trusted = many.trust or many.order.public
        needs = Needs(engine=engine)
        hosts = graders(link, needs, doctor.examined, tell, trusted=trusted)
        estimate = Estimate(len(course.entries), len(hosts), course.expected)
        report = ClassProgress(course, estimate, many.quiet).report
        ClassOnHosts(
            course, many.order, hosts, lambda host: many.options(host.engine), user_key(tell),
            report, tell,
        ).run()  # fmt: skip
