"""Whatever is in the file: a Suite or a SpecError, and soon; what loads is written back alike."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.spec import SpecError, Suite, effective, load
from runner.spec.claims import CLAIMS
from runner.spec.expect import NUMBERS
from runner.spec.fleet import Fleet
from runner.spec.matrix import AXES
from runner.spec.model import Defaults, Experiment, Limits, Probe, Server
from runner.spec.variant import Full, Quick
from runner.syscalls.denial import DENIABLE
from runner.untrusted import clean
from tests.examples import examples

ROOT = Path(__file__).resolve().parents[2]
OWN = (ROOT / "experiments.yaml").read_text(encoding="utf-8")
SMALL = "version: 1\nexperiments: [{id: a, title: t, server: {lab: select}}]\n"
KEYS = sorted(
    {"version", "defaults", "experiments", "include", "ratio", "metric", "of", "to", "at_least"}
    | {
        name
        for model in (Defaults, Experiment, Fleet, Full, Limits, Probe, Quick, Server)
        for name in model.model_fields
    }
)
WORDS = ["select", "c", "python", "max", "10k", "64B", "500ms", "rate", "limit", "C8", "../x", "no"]
FUZZ = settings(
    max_examples=examples(100),
    deadline=timedelta(seconds=10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def outcome(folder: Path, text: str | bytes, *overrides: str) -> Suite | None:
    """The suite, or None after a SpecError whose problems are printable lines."""
    path = folder / "fuzz.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        return load(path, overrides, labs=False)
    except SpecError as error:
        problems = [str(problem) for problem in error.problems]
    assert problems
    lines = [line for problem in problems for line in problem.split("\n")]
    assert [line for line in lines if not line.isprintable() or len(line) > 1000] == []
    return None


@FUZZ
@given(text=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, text: bytes) -> None:
    outcome(tmp_path, text)


@FUZZ
@given(text=st.text(alphabet=st.sampled_from("ab1:-[]{}&*!<>|'\"%@`#?,=~ \n\t\\."), max_size=200))
def test_any_text_of_yaml_signs(tmp_path: Path, text: str) -> None:
    outcome(tmp_path, text)
    outcome(tmp_path, "version: 1\nexperiments:\n" + text)


LEAVES = st.one_of(
    st.sampled_from(WORDS),
    st.integers(-5, 20_000),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(max_size=8),
)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)), inner, max_size=5),
    ),
    max_leaves=25,
)


@FUZZ
@given(shape=SHAPES, experiment=st.dictionaries(st.sampled_from(KEYS), SHAPES, max_size=6))
def test_any_structure(tmp_path: Path, shape: Any, experiment: Any) -> None:
    outcome(tmp_path, yaml.safe_dump(shape, allow_unicode=True))
    named = {"id": "a", "title": "t", "server": {"lab": "select"}} | experiment
    outcome(tmp_path, yaml.safe_dump({"version": 1, "experiments": [named]}, allow_unicode=True))


@settings(FUZZ, max_examples=examples(40))  # the file is large
@given(seed=st.integers(0, 2**32), count=st.integers(1, 4))
def test_mutated_copies_of_the_main_file(tmp_path: Path, seed: int, count: int) -> None:
    chance = random.Random(seed)
    text = OWN
    for _ in range(count):
        at = chance.randrange(len(text))
        end = at + chance.randrange(12)
        new = chance.choice(
            ["", ":", "- ", "[", "}", "\n", "  ", "&a ", "*a", "!!x ", "\x00", "9" * 30]
        )
        new = chance.choice([new, chance.choice(WORDS), chance.choice(KEYS) + ": "])
        text = text[:at] + new + text[end:]
    outcome(tmp_path, text)


@FUZZ
@given(text=st.text(max_size=40), key=st.sampled_from(KEYS), value=st.sampled_from(WORDS))
def test_any_override(tmp_path: Path, text: str, key: str, value: str) -> None:
    outcome(tmp_path, SMALL, text)
    outcome(tmp_path, SMALL, f"experiments.a.{key}={value}", f"{key}.0.x={text}")


# What is valid comes back


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=3, unique=True)


SPANS = st.integers(1, 600_000).map(lambda count: f"{count}us")
COUNTS = st.one_of(st.integers(0, 9_000), st.just("max"))
SIGNS = st.one_of(
    st.characters(exclude_categories=("Cc", "Cn", "Cs")), st.sampled_from("\t\n\x85\u2028:#-'\"")
)
TEXTS = st.text(SIGNS, min_size=1, max_size=30).filter(lambda text: clean(text).strip())
TITLES = TEXTS.filter(lambda text: len(text.splitlines()) == 1)
BOUNDS = st.floats(0.001, 10**6).map(lambda value: round(value, 6))
EXPECTATIONS = st.one_of(
    st.builds(lambda low: {"metric": "rate", "at_least": low}, BOUNDS),
    st.builds(lambda most: {"metric": "p99", "at_most": most, "points": 1.5}, SPANS),
    st.builds(
        lambda low, metric: {
            "ratio": metric,
            "of": {"idle": 1},
            "to": {"idle": 0},
            "at_least": low,
        },
        BOUNDS,
        st.sampled_from([name for name in NUMBERS if name in ("rate", "p50", "errors")]),
    ),
)
EXPERIMENTS = st.fixed_dictionaries(
    {
        "title": TITLES,
        "server": st.fixed_dictionaries({"lab": some(st.sampled_from(["select", "poll", "x-y"]))}),
        "fleet": st.fixed_dictionaries(
            {"idle": st.just([0, 1]), "active": some(st.integers(1, 50))},
            optional={"payload": some(st.sampled_from(["64B", "1KiB", "1025B"]))},
        ),
    },
    optional={
        "about": TEXTS,
        "claims": st.lists(st.sampled_from(CLAIMS), max_size=3),
        "limits": st.fixed_dictionaries(
            {"nofile": some(st.sampled_from([256, "4k", "max"]))},
            optional={"deny": st.lists(st.sampled_from(DENIABLE), max_size=3, unique=True)},
        ),
        "expect": st.lists(EXPECTATIONS, max_size=3),
        "duration": SPANS.filter(lambda span: len(span) > 5),
        "quick": st.just({"repeat": 1, "only": [{"idle": 0}]}),
        "exclude": st.just([{"idle": 1, "active": 51}]),
        "seed": st.integers(0, 2**63 - 1),
    },
)


@FUZZ
@given(experiments=st.lists(EXPERIMENTS, min_size=1, max_size=3), repeat=st.integers(1, 100))
def test_the_effective_text_loads_to_an_equal_suite(
    tmp_path: Path, experiments: list[dict[str, Any]], repeat: int
) -> None:
    for index, experiment in enumerate(experiments):
        experiment["id"] = f"e{index}"
        if "exclude" in experiment:
            experiment["fleet"]["active"] = [1, 51]
    whole = {"version": 1, "defaults": {"repeat": repeat}, "experiments": experiments}
    suite = outcome(tmp_path, yaml.safe_dump(whole, allow_unicode=True))
    assert suite is not None
    again = outcome(tmp_path, effective(suite))
    assert again == suite
    assert again is not None
    assert again.hash == suite.hash
    assert [e.cells() for e in again.experiments] == [e.cells() for e in suite.experiments]


def test_the_main_file_comes_back_too(tmp_path: Path) -> None:
    suite = load(ROOT / "experiments.yaml", labs=False)
    assert outcome(tmp_path, effective(suite)) == suite


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_can_be_selected(axis: str) -> None:
    assert axis in {"probe", *Server.model_fields, *Fleet.model_fields, *Limits.model_fields}
