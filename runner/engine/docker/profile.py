"""The seccomp profile of a container: Docker's own, or the project's with what a box denies. Pure.

The project's profile lists what is allowed. A denied call is taken from that list and answers
ENOSYS; of a call that is denied only with certain arguments, every other argument is allowed.
libseccomp obeys no order of rules: where one rule of a call has no conditions, its other rules are
lost. So what is allowed is written as conditions as well, of which at most one holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from runner.syscalls.denial import ENOSYS, Bits, Tests, denial
from runner.syscalls.table import CALLS

_ALLOW, _ERRNO, _MASKED = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_CMP_MASKED_EQ"
_WORD = 32

Rule = dict[str, Any]


def denying(profile: str, denied: tuple[str, ...]) -> str:
    """The text of the profile with these denials in it."""
    whole: dict[str, Any] = json.loads(profile)
    what = denial(denied)
    rules = [kept for rule in whole["syscalls"] for kept in _kept(rule, what.calls, what.tested)]
    rules.append(_error(sorted(what.calls), "Denied to this box."))
    for name, alternatives in sorted(what.tested.items()):
        rules += [
            _error([name], "Denied to this box with these arguments.", tests)
            for tests in alternatives
        ]
    whole["syscalls"] = [rule for rule in rules if rule["names"]]
    return json.dumps(whole)


def others(alternatives: Iterable[Tests]) -> tuple[Tests, ...]:
    """Alternatives of which exactly one holds where none of the given ones does."""
    return tuple(reduce(_both, (tuple(_unlike(tests)) for tests in alternatives), ((),)))


def _kept(
    rule: Rule, calls: frozenset[str], tested: Mapping[str, tuple[Tests, ...]]
) -> Iterator[Rule]:
    """What is left of a rule. Calls that only 32-bit programs make go as well: socketcall(2) would
    be another way to accept(2)."""
    if rule["action"] != _ALLOW:
        yield {**rule, "names": [name for name in rule["names"] if name not in calls]}
        return
    names = [name for name in rule["names"] if name in CALLS and name not in calls]
    yield {**rule, "names": [name for name in names if name not in tested]}
    for name in names:
        if name in tested:
            own = (_read(rule.get("args", [])),)
            for tests in _both(own, others(tested[name])):
                yield {"names": [name], "action": _ALLOW, "args": _written(tests)}


def _error(names: list[str], comment: str, tests: Tests = ()) -> Rule:
    conditions = {"args": _written(tests)} if tests else {}
    return {
        "comment": comment, "names": names, "action": _ERRNO, "errnoRet": ENOSYS, **conditions,
    }  # fmt: skip


def _unlike(tests: Tests) -> Iterator[Tests]:
    """Alternatives, one of which holds where the tests do not all hold: the first test that fails,
    by its first bit that differs."""
    for place, test in enumerate(tests):
        bits = [1 << bit for bit in reversed(range(_WORD)) if test.mask >> bit & 1]
        above = 0
        for bit in bits:
            above |= bit
            differs = Bits(test.argument, above, (test.value ^ bit) & above)
            yield (*tests[:place], differs)


def _both(some: Iterable[Tests], more: Iterable[Tests]) -> tuple[Tests, ...]:
    """Alternatives for: one of `some` holds, and one of `more`."""
    pairs = [_merged((*first, *second)) for first in some for second in more]
    return tuple(tests for tests in pairs if tests is not None)


def _merged(tests: Tests) -> Tests | None:
    """At most one test of each argument, as libseccomp takes it; None where no value fits all."""
    merged: dict[int, Bits] = {}
    for test in tests:
        known = merged.get(test.argument, Bits(test.argument, 0, 0))
        shared = known.mask & test.mask
        if known.value & shared != test.value & shared:
            return None
        merged[test.argument] = Bits(
            test.argument, known.mask | test.mask, known.value | test.value
        )
    return tuple(merged[argument] for argument in sorted(merged))


def _read(conditions: Iterable[Mapping[str, Any]]) -> Tests:
    """The conditions of a rule of the project's profile whose call has conditions here as well."""
    for each in conditions:
        if each["op"] != _MASKED:
            raise ValueError(f"images/seccomp/profile.json: {each['op']} beside a denial")
    return tuple(Bits(each["index"], each["value"], each["valueTwo"]) for each in conditions)


def _written(tests: Tests) -> list[dict[str, Any]]:
    return [
        {"index": test.argument, "value": test.mask, "valueTwo": test.value, "op": _MASKED}
        for test in tests
    ]
