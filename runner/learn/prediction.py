"""What a learner typed becomes a prediction, or a sentence that says what to type instead. Pure.

A number may be written as people write numbers: 1,000, 10k, 1e3, 12%, 3 ms, full-width digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import isfinite

from runner.learn.ask import Prediction
from runner.learn.question import Form, Name, Number, Value
from runner.untrusted import clean

LONGEST = 200
"""Characters of a line that are read."""
_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,4})?)\s*(k|m|万|千)?\s*(.*)")
_THOUSANDS = re.compile(r"(?<=\d)[,_' ](?=\d{3}(?!\d))")
_TIMES = {"k": 1e3, "m": 1e6, "万": 1e4, "千": 1e3, None: 1.0}


_SAME = {
    "recv": "read", "recvfrom": "read", "recv_into": "read", "accept4": "accept",
    "epoll_wait": "epoll", "ppoll": "poll", "nanosleep": "pause", "none": "nowhere",
    "not": "not reported", "no": "not reported", "yes": "reported", "app": "application",
    "server": "application", "thread": "helper", "sync": "synchronous", "async": "asynchronous",
    "ready": "readiness", "complete": "completion",
}  # fmt: skip
"""Words that learners use for a name."""


class PredictionError(Exception):
    """`says` names the sentence of the texts, `figures` fill its braces."""

    def __init__(self, says: str, **figures: Value) -> None:
        super().__init__(says)
        self.says = says
        self.figures: Mapping[str, Value] = figures


def read(form: Form, labs: Sequence[str], words: Mapping[str, str], typed: str) -> Prediction:
    """`words` are the learner's words for names. Raises PredictionError."""
    line = clean(unicodedata.normalize("NFKC", typed[:LONGEST])).strip()
    if not line:
        raise PredictionError("empty")
    if isinstance(form, Number):
        return _number(form, line)
    if isinstance(form, Name):
        return _name(form, words, line)
    return _order(labs, line)


def _number(form: Number, line: str) -> float:
    match = _NUMBER.fullmatch(_THOUSANDS.sub("", line.lower().removeprefix("×")))
    if match is None:
        raise PredictionError("no_number", typed=line[:40])
    digits, thousands, rest = match.groups()
    if thousands == "m" and rest.startswith("s"):  # ms, and not a million s
        thousands, rest = None, f"m{rest}"
    if rest and rest not in _units(form):
        unit = form.unit.strip()
        says = "other_unit" if unit else "no_unit"
        raise PredictionError(says, typed=line[:40], unit=unit, number=digits)
    number = float(digits) * _TIMES[thousands]
    if number < 0:
        raise PredictionError("negative", typed=line[:40])
    if not isfinite(number) or number > form.most:
        raise PredictionError("too_large", typed=line[:40], most=form.most)
    return number


def _units(form: Number) -> tuple[str, ...]:
    unit = form.unit.strip().lower()
    also = {"b": ("bytes", "byte", "字节"), "ms": ("毫秒",), "×": ("x", "倍", "times")}
    return (unit, *also.get(unit, ()))


def _name(form: Name, words: Mapping[str, str], line: str) -> str:
    """By the name, by the learner's word for it, or by its number in the list."""
    known = {said: name for said, name in _SAME.items() if name in form.names}
    known |= {name.lower(): name for name in form.names}
    known |= {words.get(name, name).lower(): name for name in form.names}
    known |= {str(number): name for number, name in enumerate(form.names, 1)}
    said = line.lower().rstrip(".。()")
    if said in known:
        return known[said]
    near = get_close_matches(said, [key for key in known if not key.isdigit()], n=1, cutoff=0.75)
    if near:
        raise PredictionError("near_name", typed=line[:40], near=near[0])
    raise PredictionError("no_name", typed=line[:40], last=len(form.names))


def _order(labs: Sequence[str], line: str) -> tuple[str, ...]:
    """Labs, or their numbers in the list, with any signs between them."""
    said = [word for word in re.split(r"[\s,;<>，、；]+", line.lower()) if word]
    by_number = {str(number): lab for number, lab in enumerate(labs, 1)}
    named = [by_number.get(word, word) for word in said]
    unknown = [word for word in named if word not in labs]
    example = " ".join(sorted(labs))
    if unknown:
        raise PredictionError("no_lab", typed=unknown[0][:40], example=example)
    if sorted(named) != sorted(labs):
        raise PredictionError("not_each_once", typed=line[:40], example=example)
    return tuple(named)
