"""`runner policy`: what it prints is what an assignment may say, and each line says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from click.testing import CliRunner

from runner.cli import cli
from runner.cli.exit_codes import Exit
from runner.engine.process import ProcessEngine
from runner.grade.models import MODELS
from runner.grade.policy import Policy, as_yaml
from runner.measure.boxes import TRACE_PROGRAMS
from runner.spec.model import Limits
from tests.trace.servers import MUTANTS

SEEN = ("in 9 of 9 silences the waiting thread blocked in: read", "copied by: application")


def policy(model: str, **changes: int | bool) -> Policy:
    made = Policy("mine (c)", MODELS[model], SEEN, connections=1000, threads=1, watched=10)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", MODELS)
def test_it_is_the_yaml_of_an_assignment(model: str) -> None:
    text = as_yaml(policy(model))
    read = yaml.safe_load(text)
    assert read["model"] == model
    limits = Limits.model_validate(read["limits"])
    assert limits.deny == MODELS[model].denies
    assert limits.pids == MODELS[model].pids(1000)
    for line in text.splitlines():
        keys = line.strip() in ("limits:", "deny:")
        assert keys or line.startswith("#") or "  # " in line, f"no reason: {line}"
        assert len(line) <= 120


def test_its_limits_follow_from_the_reference() -> None:
    assert yaml.safe_load(as_yaml(policy("thread", connections=50)))["limits"]["pids"] == 50 + 64
    assert yaml.safe_load(as_yaml(policy("prethread", threads=100)))["limits"]["pids"] == 200
    assert "select ends at 1024" in as_yaml(policy("select"))
    assert "select ends at 1024" not in as_yaml(policy("select", connections=900))
    assert "Needs: io_uring" in as_yaml(policy("io_uring", ring=True))
    assert "it was not tried" in as_yaml(policy("select", in_force=False))


@pytest.fixture(scope="module")
def tracer() -> None:
    engine = ProcessEngine()
    problems = engine.prepare(TRACE_PROGRAMS, print)
    engine.close()
    if problems:
        pytest.skip(str(next(iter(problems.values()))))


def run(*words: str) -> tuple[object, str, str]:
    done = CliRunner().invoke(cli, ["policy", *words, "--engine", "process"], standalone_mode=False)
    return done.exception or done.return_value, done.stdout, done.stderr


@pytest.mark.usefixtures("tracer")
def test_a_reference_is_traced_again_under_its_own_denials() -> None:
    code, out, err = run("poll", "--connections", "200", "--watched", "2")
    assert code == Exit.OK, err
    read = yaml.safe_load(out)
    assert (read["model"], read["limits"]["nofile"]) == ("poll", 264)
    assert "# Traced again with the calls below denied, it was the same." in out
    assert "the same again while its rivals are denied" in err


@pytest.mark.usefixtures("tracer")
def test_a_reference_without_a_model_gets_no_policy() -> None:
    code, out, err = run(str(MUTANTS / "select_and_poll"), "--watched", "2")
    assert (code, out) == (Exit.FAILED, "")
    assert "its model is unknown" in err
