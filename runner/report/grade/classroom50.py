"""`result.json` of Classroom 50 (`classroom50/result/v1`). Pure.

Classroom 50 starts an assignment's `autograder.py` with the names of the student and of the work in
environment variables, which are those of `SETTINGS`. Points are whole numbers there: others are
rounded half up, after `CLASSROOM50_SCALE` has multiplied them. It knows passed and not passed, and
no third: INCONCLUSIVE is not passed, with its points and a message. A grade that does not count is
0 of 0, as the platform's own errors are: no 0 of 70.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runner.grade.record import CheckGrade, Grade, State
from runner.report.grade import detail, score
from runner.report.grade.as_json import document
from runner.report.grade.capped import fitted
from runner.report.grade.view import View
from runner.report.grade.words import words
from runner.untrusted import clean, whole

SETTINGS = {
    "CLASSROOM": "the classroom's short name",
    "ASSIGNMENT": "the assignment's slug",
    "ASSIGNMENT_TYPE": "individual, group or team (individual if it is not set)",
    "OWNER": "the owner of the submission's repository (or USERNAME)",
    "USERNAME": "the older name of OWNER",
    "SUBMISSION_TAG": "the tag of the submission, submit/…",
    "COMMIT_URL": "a link to the graded commit",
    "RELEASE_URL": "a link to the submission's release (COMMIT_URL if it is not set)",
    "REVIEW_URL": "a link to the whole change (COMMIT_URL if it is not set)",
    "SUBMITTED_AT": "the commit's date, as 2026-09-30T12:00:00Z (Classroom 50 writes its own)",
    "GITHUB_ACTOR": "the account that pushed it",
    "GITHUB_ACTOR_ID": "that account's number",
    "CLASSROOM50_SCALE": "1, 10 or 100: what points are multiplied by (1 if it is not set)",
}
TYPES = ("individual", "group", "team")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")


class SettingError(ValueError):
    """A setting is missing or cannot be what the platform takes. The message says what to type."""


def to_classroom50(grade: Grade, view: View) -> bytes:
    """Raises SettingError."""
    identity, scale = _identity(view.settings, _time(grade.started)), _scale(view.settings)

    def make(seen: Grade) -> bytes:
        scored = score.counts(seen)
        worth = _points(seen.points, scale) if scored else 0
        earned = _points(score.capped(seen), scale) if scored else 0
        tests = [_test(check, seen, view.language, scale) for check in seen.checks]
        return document(
            {**identity, "score": min(earned, worth), "max-score": worth, "tests": tests}
        )

    return fitted(make, grade, view)


def require_settings(setting: Mapping[str, str]) -> None:
    """Before anything is graded for it. Raises SettingError."""
    _identity(setting, "2026-01-01T00:00:00Z")
    _scale(setting)


def _identity(setting: Mapping[str, str], graded: str) -> dict[str, Any]:
    """Who submitted what, and when; `graded` is empty where it is not known."""
    commit = _needed(setting, "COMMIT_URL")
    kind = clean(setting.get("ASSIGNMENT_TYPE", "")) or TYPES[0]
    if kind not in TYPES:
        raise SettingError(f"ASSIGNMENT_TYPE={kind[:40]!r}: type one of {', '.join(TYPES)}")
    tag = _needed(setting, "SUBMISSION_TAG")
    if not tag.startswith("submit/"):
        raise SettingError(f"SUBMISSION_TAG={tag[:80]!r}: type a tag that begins with submit/")
    identity: dict[str, Any] = {
        "schema": "classroom50/result/v1",
        "classroom": _needed(setting, "CLASSROOM"),
        "assignment": _needed(setting, "ASSIGNMENT"),
        "assignment_type": kind,
        "owner": _needed(setting, "OWNER", "USERNAME"),
        "submission": tag,
        "commit": commit,
        "release": clean(setting.get("RELEASE_URL", "")) or commit,
        "review": clean(setting.get("REVIEW_URL", "")) or commit,
        "datetime": _submitted(setting, graded),
    }
    if graded:
        identity["graded_at"] = graded
    if actor := clean(setting.get("GITHUB_ACTOR", "")):
        number = whole(setting.get("GITHUB_ACTOR_ID", ""), 0, 1 << 62)
        identity["submitted_by"] = {"username": actor, "id": number}
    return identity


def _test(check: CheckGrade, grade: Grade, language: str, scale: int) -> dict[str, Any]:
    texts = words(language)
    known = check.state not in score.UNDECIDED
    worth = _points(check.points, scale) if known else 0
    return {
        "test-name": check.title or check.id or "–",
        "passed": check.state is State.PASS,
        "score": min(_points(check.earned, scale), worth),
        "max-score": worth,
        "message": f"{texts[check.state]}{texts['colon']}{texts[f'about_{check.state}']}",
        "output": "\n".join(detail.lines(check, grade, texts)),
    }


def _points(points: float, scale: int) -> int:
    return max(0, int(score.rounded(points * scale, 0)))


def _needed(setting: Mapping[str, str], *names: str) -> str:
    value = next((text for each in names if (text := clean(setting.get(each, "")).strip())), "")
    if not value:
        raise SettingError(
            f"{names[0]} is not set ({SETTINGS[names[0]]}): run it in Classroom 50, or type "
            f"--platform {names[0]}=…"
        )
    return value


def _scale(setting: Mapping[str, str]) -> int:
    text = setting.get("CLASSROOM50_SCALE", "") or "1"
    if text not in ("1", "10", "100"):
        raise SettingError(f"CLASSROOM50_SCALE={clean(text)[:40]!r}: type 1, 10 or 100")
    return int(text)


def _submitted(setting: Mapping[str, str], graded: str) -> str:
    """When it was submitted; when it was graded where that is not known."""
    text = setting.get("SUBMITTED_AT", "") or graded
    if not _TIME.fullmatch(text):
        raise SettingError(
            f"SUBMITTED_AT={clean(text)[:40]!r}: type a time such as 2026-09-30T12:00:00Z"
        )
    return text


def _time(text: str) -> str:
    """The platform's form of a time; empty where it is none."""
    try:
        moment = datetime.fromisoformat(text)
        in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return ""
    return in_utc.strftime("%Y-%m-%dT%H:%M:%SZ") if in_utc.year >= 1000 else ""
