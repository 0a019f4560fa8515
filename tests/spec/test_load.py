"""Loading: all problems at once, the place of everything, includes, overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.paths import LABS
from runner.spec import MetricExpectation, Position, SpecError, Suite, check_labs, load
from tests.spec.broken_spec import HEAD, ONE, lay


def problems(path: Path, *overrides: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(path, overrides)
    return [line.replace(f"{path.parent}/", "") for line in str(caught.value).splitlines()]


def test_all_problems_in_one_go_by_line(tmp_path: Path) -> None:
    text = HEAD + (
        "    fleet: {idel: 3, payload: 64}\n"
        "    title: again\n"
        "  - id: a\n"
        "    title: t\n"
        "    server: {lab: selct}\n"
        "    expect: [{metric: errors, of: {idle: 5}, at_most: 0}]\n"
        "defaults: {repeat: 0}\n"
    )
    lines = problems(lay(tmp_path, {"spec.yaml": text}))
    assert [line.split(": ")[:2] for line in lines] == [
        ["spec.yaml:6:13", "experiments[0].fleet.idel"],
        ["spec.yaml:6:31", "experiments[0].fleet.payload"],
        ["spec.yaml:7:5", "experiments[0].title"],
        ["spec.yaml:8:9", "experiments[1].id"],
        ["spec.yaml:11:42", "experiments[1].expect[0].of.idle"],
        ["spec.yaml:12:20", "defaults.repeat"],
    ]


def test_at_most_twenty_are_shown(tmp_path: Path) -> None:
    extra = "".join(f"    k{n}: 1\n" for n in range(30))
    lines = problems(lay(tmp_path, {"spec.yaml": HEAD + extra}))
    assert len(lines) == 21
    assert lines[-1] == "and 10 more"


def test_a_problem_is_data_too(tmp_path: Path) -> None:
    spec = lay(tmp_path, {"spec.yaml": HEAD + "    fleet: {activ: 5}\n"})
    with pytest.raises(SpecError) as caught:
        load(spec)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == (str(spec), 6, 13)
    assert problem.key == "experiments[0].fleet.activ"
    assert (problem.what, problem.suggestion) == ("unknown key", "did you mean 'active'?")


def test_a_suite_knows_where_it_was_written(tmp_path: Path) -> None:
    spec = lay(
        tmp_path, {"spec.yaml": HEAD + "    expect:\n      - {metric: errors, at_most: 0}\n"}
    )
    suite = load(spec)
    assert suite.path == spec
    assert suite.labs_root == tmp_path / "labs"
    assert suite.source.at(("experiments", 0, "expect", 0)) == Position(str(spec), 7, 9)
    assert str(suite.source.at(("experiments", 0, "fleet", "idle"))) == f"{spec}:3:5"


def test_the_hash_is_of_what_is_said_not_of_how(tmp_path: Path) -> None:
    one = load(lay(tmp_path / "one", {"spec.yaml": HEAD + "    fleet: {idle: 10k}\n"}))
    two = load(
        lay(tmp_path / "two", {"spec.yaml": "# x\n" + HEAD + "    fleet: {idle: [10000]}\n"})
    )
    three = load(lay(tmp_path / "three", {"spec.yaml": HEAD + "    fleet: {idle: 10001}\n"}))
    assert one == two != three
    assert one.hash == two.hash != three.hash
    assert len(one.hash) == 64


def test_anchors_aliases_and_merge_keys(tmp_path: Path) -> None:
    text = (
        "version: 1\n"
        "experiments:\n"
        "  - &first\n"
        "    id: a\n"
        "    title: t\n"
        "    server: &server {lab: select}\n"
        "    fleet: {idle: 5}\n"
        "  - <<: *first\n"
        "    id: b\n"
        "  - {id: c, title: u, server: *server, fleet: {<<: [{idle: 1}, {idle: 2, active: 3}]}}\n"
    )
    first, second, third = load(lay(tmp_path, {"spec.yaml": text})).experiments
    assert second == first.model_copy(update={"id": "b"})
    assert third.server == first.server
    assert (third.fleet.idle, third.fleet.active) == ((1,), (3,))


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path: Path) -> None:
    spec = lay(tmp_path, {"spec.yaml": HEAD.replace("title: t", "title: 2026-11-23")})
    assert load(spec).experiments[0].title == "2026-11-23"


def test_a_recorded_run_keeps_a_bound_that_nothing_can_break(tmp_path: Path) -> None:
    """It is refused today, and the runs of earlier specs are still read."""
    text = HEAD + "    expect: [{metric: rate, at_least: 0}]\n"
    spec = lay(tmp_path, {"spec.yaml": text})
    assert problems(spec)
    assert load(spec, recorded=True).experiments[0].expect[0].at_least == 0


def test_what_cannot_be_seen_is_removed_from_words(tmp_path: Path) -> None:
    """Measured text is cleaned alike: with it no name could equal what a probe reports."""
    text = HEAD + (
        '    expect: [{metric: limit, title: "\u202egnp", equals: "EM\u200bFILE\\n"}]\n'
        "    measure: ceiling\n"
    )
    expectation = load(lay(tmp_path, {"spec.yaml": text})).experiments[0].expect[0]
    assert isinstance(expectation, MetricExpectation)
    assert (expectation.title, expectation.equals) == ("gnp", "EMFILE")
    unseen = text.replace("\u202egnp", "\u200b\u2066")
    assert "a title is empty" in problems(lay(tmp_path, {"spec.yaml": unseen}))[0]


def test_a_long_name_of_a_file_is_cut(tmp_path: Path) -> None:
    (line,) = problems(lay(tmp_path, {"spec.yaml": HEAD + f"include: [{'a/' * 3000}b.yaml]\n"}))
    assert len(line) < 200
    assert "File name too long" in line


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert load(lay(tmp_path, {"spec.yaml": ("\ufeff" + HEAD).encode()})).version == 1


# Labs


def test_labs_beside_the_spec_come_first(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(HEAD, encoding="utf-8")
    assert load(tmp_path / "spec.yaml", labs=False).labs_root == LABS
    assert load(lay(tmp_path / "own", {"spec.yaml": HEAD})).labs_root == tmp_path / "own" / "labs"


def test_labs_can_be_checked_later(tmp_path: Path) -> None:
    text = HEAD.replace("select", "[select, nowhere]")
    suite = load(lay(tmp_path, {"spec.yaml": text}), labs=False)
    with pytest.raises(SpecError, match="there is no lab 'nowhere'"):
        check_labs(suite)


def test_what_is_excluded_need_not_exist(tmp_path: Path) -> None:
    text = HEAD.replace("{lab: select}", "{lab: [epoll, asyncio], language: [c, python]}")
    spec = lay(tmp_path, {"spec.yaml": text + "    exclude: [{lab: asyncio, language: c}]\n"})
    assert len(load(spec).experiments[0].cells()) == 3


# Includes


def included(tmp_path: Path) -> Suite:
    files = {
        "spec.yaml": "version: 1\ninclude: [sub/b.yaml, c.yaml]\nexperiments:\n" + ONE,
        "sub/b.yaml": "version: 1\ninclude: d.yaml\nexperiments:\n" + ONE.replace(": a", ": b"),
        "sub/d.yaml": "version: 1\nexperiments:\n" + ONE.replace(": a", ": d"),
        "c.yaml": "version: 1\nexperiments:\n" + ONE.replace(": a", ": c"),
    }
    return load(lay(tmp_path, files), ["experiments.d.repeat=7", "experiments.3.repeat=8"])


def test_own_experiments_come_first_then_the_included_ones(tmp_path: Path) -> None:
    suite = included(tmp_path)
    assert [each.id for each in suite.experiments] == ["a", "b", "d", "c"]
    assert [each.repeat for each in suite.experiments] == [None, None, 7, 8]


def test_places_are_those_of_the_included_files(tmp_path: Path) -> None:
    source = included(tmp_path).source
    assert source.at(("experiments", 2, "id")) == Position(f"{tmp_path}/sub/d.yaml", 3, 10)
    assert source.at(("experiments", 2, "repeat")).file == "--set experiments.d.repeat=7"


def test_keys_in_messages_count_in_their_own_file(tmp_path: Path) -> None:
    files = {
        "spec.yaml": "version: 1\ninclude: b.yaml\nexperiments:\n" + ONE,
        "b.yaml": "version: 1\nexperiments:\n" + ONE.replace("id: a", "id: b, repeat: 0"),
    }
    (line,) = problems(lay(tmp_path, files))
    assert line.startswith("b.yaml:3:21: experiments[0].repeat: 0 is less than 1")


# Overrides


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("experiments.a.fleet.active=[10, 50]", "active", (10, 50)),
        ("experiments.0.fleet.idle=10k", "idle", (10_000,)),
        ("experiments.a.fleet.payload=1KiB", "payload", (1024,)),
        ("experiments.a.fleet={idle: max}", "idle", ("max",)),
    ],
)
def test_overrides_of_a_fleet(tmp_path: Path, text: str, name: str, value: object) -> None:
    suite = load(lay(tmp_path, {"spec.yaml": HEAD}), [text])
    assert getattr(suite.experiments[0].fleet, name) == value


def test_later_overrides_win(tmp_path: Path) -> None:
    spec = lay(tmp_path, {"spec.yaml": HEAD})
    suite = load(spec, ["defaults.repeat=3", "defaults.repeat=4", "defaults.warmup=1s"])
    assert (suite.defaults.repeat, suite.defaults.warmup) == (4, 1_000_000_000)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("defaults.repeat", "not KEY=VALUE; type a key such as defaults.repeat=3"),
        ("=3", "not KEY=VALUE; type a key such as defaults.repeat=3"),
        ("defaults..repeat=3", "not KEY=VALUE; type a key such as defaults.repeat=3"),
        ("defaults.repeat=", "no value after '='; type a value"),
        ("defaults.repet=3", "defaults.repet: unknown key; did you mean 'repeat'?"),
        ("default.repeat=3", "default: unknown key; did you mean 'defaults'?"),
        ("defaults.repeat=0", "defaults.repeat: 0 is less than 1; type 1 or more"),
        ("defaults.warmup=500", "defaults.warmup: 500 has no unit; type 500ms or 500s"),
        ("defaults.repeat=[1", "a list that is not closed; type ',' or ']'"),
        ("defaults.repeat=~", "defaults.repeat: the key has no value; type one, or delete the key"),
        ("experiments.aa.repeat=3", "experiments has no 'aa'; name one by id: a"),
        ("experiments.5.repeat=3", "experiments has no '5'; name one by id: a"),
        ("version.x=3", "version is 1: it has no 'x'"),
        ("include=[other.yaml]", "include cannot be set; write it into the file"),
        ("defaults={repeat: 1, repeat: 2}", "repeat: duplicate key, first used in line 1"),
    ],
)
def test_broken_overrides_name_themselves(tmp_path: Path, text: str, line: str) -> None:
    lines = problems(lay(tmp_path, {"spec.yaml": HEAD}), text)
    assert lines[0].startswith(f"--set {text}: {line}")
