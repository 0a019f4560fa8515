"""`runner learn`: the course in eight lessons. Predict, run, explain."""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path

import click

from runner.cli import engines
from runner.cli.exit_codes import Exit
from runner.cli.fold import folded
from runner.cli.learn_class import show_class
from runner.cli.lesson import StoppedError, Table, exit_of
from runner.cli.terminal import out, tell
from runner.cli.typed import typed
from runner.learn.course import LESSONS, next_lesson, unanswered
from runner.learn.measuring import Bench
from runner.learn.page import FORMATS, page
from runner.learn.progress import LARGEST, Progress, ProgressError, of_text, to_text
from runner.learn.question import Lesson
from runner.learn.text import LANGUAGES, sentence
from runner.results import data, shown, write_text
from runner.untrusted import UntrustedError, read_bytes


@click.command()
@click.argument(
    "number", required=False, type=click.IntRange(1, len(LESSONS)), metavar=f"[1-{len(LESSONS)}]"
)
@engines.ENGINE
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="English or Chinese.",
)
@click.option("--again", is_flag=True, help="From the beginning, with other numbers.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Predictions from the lines of FILE instead of the terminal; '-' is stdin.",
)
@click.option(
    "--progress",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where your answers are kept. Default: iolab/learn/progress.json in your data folder.",
)
@click.option("--seed", type=click.IntRange(0), help="Of the variants; with a new progress file.")
@click.option("--list", "listed", is_flag=True, help="List the lessons and what is answered.")
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="Write the lesson, with your answers so far, as PAGE.md or PAGE.html; with --class a "
    "table as PAGE.csv. Measures nothing.",
)
@click.option(
    "--class",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Which predictions were wrong most often, from the progress files in FOLDER.",
)
def learn(
    number: int | None,
    engine_name: str,
    language: str,
    again: bool,
    answers: Path | None,
    file: Path | None,
    seed: int | None,
    listed: bool,
    export: Path | None,
    folder: Path | None,
) -> int:
    """A course on I/O models: you predict, the lab measures, the measurement explains.

    Goes on where you stopped; with a number only that lesson.
    """
    if folder is not None:
        return show_class(folder, export, language)
    kept = file or _default()
    progress = _read(kept, seed)
    lesson = LESSONS[number - 1] if number is not None else None
    if listed:
        out("\n".join(_listed(progress, language)))
        return Exit.OK
    if export is not None:
        return _export(progress, lesson, export, language, kept)
    if again:
        for each in [lesson] if lesson else LESSONS:
            if progress.answers_of(each.id):
                progress = progress.again(each.id)
    lines = typed(answers)
    if _nothing_left(progress, lesson, language):
        return Exit.OK

    def keep(changed: Progress) -> None:
        write_text(kept, to_text(changed))

    _make_room(kept)
    keep(progress)
    out(sentence(language, "ask", "course"))
    out(folded(sentence(language, "ask", "keys")))
    with closing(engines.choose(engine_name, tell)) as engine:
        engine.sweep(tell)
        table = Table(language, lines, Bench(engine, kept.parent / "runs", tell), progress, keep)
        try:
            _play(table, lesson)
        except StoppedError:
            out("")
            out(folded(sentence(language, "ask", "stopped", file=shown(kept))))
    return exit_of(table)


def _play(table: Table, lesson: Lesson | None) -> None:
    """The lesson alone, or all that are left in their order: each once in a sitting."""
    if lesson is not None:
        table.play(lesson)
        table.tell_next()
        return
    for each in LESSONS:
        if unanswered(table.progress, each):
            table.play(each)
    if next_lesson(table.progress) is None:
        _finished(table.progress, table.language)


def _nothing_left(progress: Progress, lesson: Lesson | None, language: str) -> bool:
    if lesson is not None and not unanswered(progress, lesson):
        number = LESSONS.index(lesson) + 1
        out(folded(sentence(language, "ask", "done", number=number)))
        return True
    if lesson is None and next_lesson(progress) is None:
        _finished(progress, language)
        return True
    return False


def _finished(progress: Progress, language: str) -> None:
    answers = [each for lesson in LESSONS for each in progress.answers_of(lesson.id).values()]
    right = sum(answer.result == "right" for answer in answers)
    out(folded(sentence(language, "ask", "finished", right=right, of=len(answers))))
    out(folded(sentence(language, "ask", "finished_next")))


def _default() -> Path:
    folder = data()
    if folder is None:
        raise click.UsageError("this user has no home for the answers; type --progress FILE")
    return folder / "learn" / "progress.json"


def _read(file: Path, seed: int | None) -> Progress:
    try:
        progress = of_text(read_bytes(file, LARGEST))
    except FileNotFoundError:
        return Progress(secrets.randbits(32) if seed is None else seed)
    except (ProgressError, UntrustedError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise click.UsageError(_refusal(file, why)) from None
    if seed is not None and seed != progress.seed:
        raise click.UsageError(
            f"{shown(file)} has the seed {progress.seed} already; type --progress FILE with a new "
            "file, or leave --seed out"
        )
    return progress


def _refusal(file: Path, why: object) -> str:
    return (
        f"{shown(file)} is no progress of this course: {why}; move it away, or type --progress "
        "FILE with another file"
    )


def _make_room(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(
            f"cannot make {shown(file.parent)}: {error.strerror}; type --progress FILE with a file "
            "that can be written"
        ) from None


def _listed(progress: Progress, language: str) -> list[str]:
    lines = []
    for number, lesson in enumerate(LESSONS, 1):
        answers = progress.answers_of(lesson.id).values()
        right = sum(answer.result == "right" for answer in answers)
        said = sentence(language, "ask", "answered", right=right, of=len(answers))
        title = sentence(language, "lesson", lesson.id, "title")
        done = f"{len(answers)}/{len(lesson.questions)}"
        lines.append(f"{number}  {done}  {title}" + (f"  ({said})" if answers else ""))
    return lines


def _export(
    progress: Progress, lesson: Lesson | None, file: Path, language: str, kept: Path
) -> int:
    if lesson is None:
        raise click.UsageError("--export needs the number of a lesson: runner learn 3 --export "
                               f"{shown(file)}")  # fmt: skip
    render = FORMATS.get(file.suffix.lower())
    if render is None:
        raise click.UsageError(f"--export {shown(file)}: a page is .md or .html")
    try:
        text = render(page(progress, lesson, language))
    except (KeyError, TypeError, ValueError):  # an answer that another question may have
        why = f"an answer of lesson {LESSONS.index(lesson) + 1} does not fit its question"
        raise click.UsageError(_refusal(kept, why)) from None
    write_text(file, text)
    tell(f"learn: {shown(file)}")
    return Exit.OK
