"""The measurement of one prediction: a spec of one experiment, run as `runner run` runs its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from runner import machine, session
from runner.engine.box import Engine, Say
from runner.judge.run import Run
from runner.learn.ask import Asked, spec_text
from runner.results import ResultsError
from runner.session import Listener, Options, ThisMachine
from runner.session.needs import programs_of
from runner.spec import Suite

Watch = Callable[[int], AbstractContextManager[Listener]]
"""What shows the progress of so many trials."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where predictions are measured: the engine, the folder of the runs, and a line for the
    user."""

    engine: Engine
    into: Path
    say: Say

    def measure(self, asked: Asked, seed: str, watch: Watch) -> tuple[Run, str]:
        """The judged run, and its sealed folder. A run that was interrupted is kept as well.
        Raises SpecError, EngineError, ResultsError, KeyboardInterrupt."""
        options, suite = self._loaded(asked, crc32(seed.encode()))
        # A draft: the engine knows what it may grant when it is prepared.
        draft = options.plan(suite, machine.nofile_hard())
        unbuilt = self.engine.prepare(programs_of(draft), self.say)
        plan = options.plan(suite, self.engine.nofile_max())
        here = session.here(self.engine, suite.labs_root)
        opened = session.open_run(options, suite, plan, here, self.into, self.say)
        done = False
        with opened.lock:
            try:
                with watch(opened.unsettled) as listener:
                    opened.run([ThisMachine(self.engine, unbuilt, self.say)], listener)
                done = True
            finally:
                ended = session.finish(opened, lambda _run, _claims: [], complete=done)
        if ended.failed:
            raise ResultsError(ended.failed[0])
        return ended.run, str(opened.folder.path)

    def _loaded(self, asked: Asked, seed: int) -> tuple[Options, Suite]:
        """The run folder keeps the spec: the file is needed for no longer than it is read."""
        with tempfile.TemporaryDirectory(prefix="iolab-learn-") as folder:
            path = Path(folder) / f"{asked.question.id}.yaml"
            path.write_text(spec_text(asked, seed), encoding="utf-8")
            name = self.engine.name
            options = Options(str(path), name, (), (), None, seed, quick=False, full=False)
            return session.load(options, None)
