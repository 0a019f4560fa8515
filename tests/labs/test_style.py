"""The form of the labs: equal twins, complete banners, and a visible main loop."""

import ast
import difflib
import re
import subprocess
from itertools import combinations
from pathlib import Path

import pytest

from .capabilities import LABS, MODELS, STREAMING

READINESS = ("select", "poll", "epoll", "epoll_et")
LABELS = ["Wait", "Copy", "Idle client", "Ceiling"]
FOR_RUNNER = ("Build", "Needs", "Uses", "Try")
MOST_LINES = {"server.c": 200, "server.py": 200}
MOST_DIFFERENT = 40
"""The maximum number of different lines below the banners of two readiness models."""

TWINS = [lab for lab, model in MODELS.items() if model.sources == ("server.c", "server.py")]
IN_C = [lab for lab, model in MODELS.items() if "server.c" in model.sources]
each_lab = pytest.mark.parametrize("lab", [*MODELS, *STREAMING])
each_twin = pytest.mark.parametrize("lab", TWINS)
each_in_c = pytest.mark.parametrize("lab", IN_C)


def text(*path: str) -> str:
    return LABS.joinpath(*path).read_text()


def c_banner(source: str) -> list[str]:
    comment = source[: source.index("*/")]
    return [line.lstrip(" /*").rstrip() for line in comment.splitlines()]


def python_banner(source: str) -> list[str]:
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()


def answers(banner: list[str]) -> list[tuple[str, str]]:
    """Return the lines that have one of the labels or look like one, without the lines for the
    runner.
    """
    matches = [re.fullmatch(r"([A-Z][a-z ]*): +(\S.*)", line) for line in banner]
    return [(match[1], match[2]) for match in matches if match and match[1] not in FOR_RUNNER]


def c_functions(source: str) -> dict[str, str]:
    """Return the name and text of each definition: it starts and ends in the first column."""
    pattern = r"^[a-z_][\w ]*[ *]+(\w+)\([^;{]*\)\n\{\n.*?^\}$"
    matches = re.finditer(pattern, source, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    return {match[1]: match[0] for match in matches}


def python_functions(source: str) -> dict[str, str]:
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_source_segment(source, node) or "" for node in nodes}


def c_comments(source: str) -> dict[str, str]:
    """Return the comment directly above each function, as one line."""
    pattern = r"/\*((?:[^*]|\*(?!/))*)\*/\n(?:static )?\w[\w *]*?(\w+)\("
    matches = re.finditer(pattern, source[source.index("*/") :])
    return {match[2]: " ".join(re.sub(r"\n \*", " ", match[1]).split()) for match in matches}


def python_comments(source: str) -> dict[str, str]:
    matches = re.finditer(r"((?:^#.*\n)+)def (\w+)\(", source, re.MULTILINE)
    return {match[2]: " ".join(match[1].replace("# ", "").split()) for match in matches}


def test_every_folder_is_in_the_table() -> None:
    folders = {path.parent.name for path in LABS.glob("*/server.*")}
    assert folders == {*MODELS, *STREAMING}


@each_lab
def test_a_lab_is_whole(lab: str) -> None:
    sources = MODELS[lab].sources if lab in MODELS else ("server.py",)
    assert [n for n in sources if not (LABS / lab / n).is_file()] == []


@each_lab
def test_each_banner_answers_four_questions(lab: str) -> None:
    for path in sorted((LABS / lab).glob("server*.[cp]*")):
        banner = (c_banner if path.suffix == ".c" else python_banner)(path.read_text())
        assert [label for label, _ in answers(banner)] == LABELS
        assert any(line.startswith(f"{lab}: ") for line in banner[:2])


@each_twin
def test_twins_have_the_same_banner(lab: str) -> None:
    in_c = c_banner(text(lab, "server.c"))
    in_python = python_banner(text(lab, "server.py"))
    assert [label for label, _ in answers(in_c)] == LABELS
    assert answers(in_c) == answers(in_python)
    assert in_c[1] == in_python[0]
    assert in_python[0].startswith(f"{lab}: ")


@each_in_c
def test_build_line(lab: str) -> None:
    """The flags follow from the headers that any file of the folder includes."""
    matches = re.findall(r"^\s*\*?\s*Build:\s*(.*)$", text(lab, "server.c"), re.MULTILINE)
    included = "".join(path.read_text() for path in LABS.glob(f"{lab}/*.[ch]"))
    flags = ["-O2"]
    flags += ["-pthread"] if "#include <pthread.h>" in included else []
    flags += ["-luring"] if "#include <liburing.h>" in included else []
    assert matches == [" ".join(flags)]


@each_twin
def test_twins_define_the_same_functions_in_the_same_order(lab: str) -> None:
    in_c = list(c_functions(text(lab, "server.c")))
    assert in_c[-1] == "main"
    assert in_c == list(python_functions(text(lab, "server.py")))


def test_lab_twins_define_the_same_functions_in_the_same_order() -> None:
    """C has more functions: it manages memory, and its signal handler is written in C."""
    only_in_c = {"leave", "grow", "keep_pending"}
    in_c = [f for f in c_functions(text("lab.c")) if f not in only_in_c]
    assert in_c == list(python_functions(text("lab.py")))
    assert len(in_c) > 10


@each_twin
def test_twins_have_the_same_comments(lab: str) -> None:
    """Python may add sentences. The C file must have comments, or the test would prove nothing."""
    in_c, in_python = c_comments(text(lab, "server.c")), python_comments(text(lab, "server.py"))
    assert in_c
    assert in_c.keys() == in_python.keys()
    assert [name for name in in_c if not in_python[name].startswith(in_c[name])] == []


def test_readiness_models_define_the_same_functions_in_the_same_order() -> None:
    orders = [list(c_functions(text(lab, "server.c"))) for lab in READINESS]
    assert all(order == orders[0] for order in orders)
    assert orders[0][:2] == ["set_interest", "add_client"]


@pytest.mark.parametrize("name", ["server.c", "server.py"])
def test_accepting_does_not_depend_on_the_readiness_model(name: str) -> None:
    functions = c_functions if name == "server.c" else python_functions
    assert len({functions(text(lab, name))["accept_clients"] for lab in READINESS}) == 1


@pytest.mark.parametrize("name", ["server.c", "server.py"])
@pytest.mark.parametrize("pair", list(combinations(READINESS[:3], 2)), ids="-".join)
def test_a_diff_shows_only_the_model(pair: tuple[str, str], name: str) -> None:
    bodies = [below_banner(text(lab, name)) for lab in pair]
    different = [line for line in difflib.ndiff(bodies[0], bodies[1]) if line[0] in "+-"]
    assert 0 < len(different) / 2 <= MOST_DIFFERENT


@pytest.mark.parametrize(("pair", "most"), [(("poll", "epoll"), 60), (("epoll", "epoll_et"), 40)])
def test_a_diff_of_neighbours_fits_on_a_screen(pair: tuple[str, str], most: int) -> None:
    """As `diff` prints it for the whole files: lines that are removed and lines that are added."""
    before, after = (LABS / lab / "server.c" for lab in pair)
    done = subprocess.run(["diff", before, after], capture_output=True, text=True, check=False)
    assert 0 < len(re.findall("^[<>]", done.stdout, re.MULTILINE)) <= most


def below_banner(source: str) -> list[str]:
    return source[re.search(r'\*/|"""\n', source).end() :].splitlines()  # type: ignore[union-attr]


@each_twin
@pytest.mark.parametrize("name", ["server.c", "server.py"])
def test_the_loop_is_visible(lab: str, name: str) -> None:
    functions = c_functions if name == "server.c" else python_functions
    main = functions(text(lab, name))["main"]
    assert main.count("for (;;)" if name == "server.c" else "while True") == 1
    assert f'"{lab}"' in main, "READY names the folder"


def sources() -> list[Path]:
    labs = (*MODELS, *STREAMING)
    return [*LABS.glob("lab.*"), *(path for lab in labs for path in LABS.glob(f"{lab}/*.[chp]*"))]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(LABS)))
def test_a_file_can_be_read_at_one_sitting(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= MOST_LINES.get(path.name, 300)
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(LABS)))
def test_stdout_says_nothing_but_the_contract(path: Path) -> None:
    """Only lab.* prints on stdout, and each line is READY or REFUSED."""
    calls = re.findall(
        r"(?<!\.)\b(?:d?printf|puts|putchar|f?write|print)\(.*|.*stdout.*", path.read_text()
    )
    printed = [call for call in calls if "stderr" not in call and "MISSING what=" not in call]
    if path.name in {"lab.c", "lab.py"}:
        assert printed
    else:
        assert printed == []
    assert [w for w in printed if not re.search(r'"(READY port|REFUSED limit)=', w)] == []
