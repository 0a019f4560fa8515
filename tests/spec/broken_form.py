"""Specs of the wrong form: keys that are missing or unknown, values that cannot be."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from tests.spec.broken_spec import ONE, Broken, after, whole

BROKEN_FORM: list[Broken] = [
    whole(
        "a-list", "- version: 1\n", ":1:1: a list where a mapping is needed; begin with version: 1"
    ),
    whole("a-word", "hello\n", ":1:1: 'hello' where a mapping is needed; begin with version: 1"),
    whole("no-version", "experiments:\n" + ONE, ":1:1: version: missing; add version: 1"),
    whole(
        "unknown-version",
        "version: 2\nexperiments:\n" + ONE,
        ":1:10: version: 2 is not a known version; type 1",
    ),
    whole(
        "version-as-text",
        "version: '1'\nexperiments:\n" + ONE,
        ":1:10: version: '1' is not a known version; type 1",
    ),
    whole(
        "servers-as-a-list",
        "version: 1\nservers: [mine]\nexperiments:\n" + ONE,
        ":2:10: servers: a list where a mapping is needed; each server has a name; type {mine: {folder: ../my_server}}",
    ),
    whole(
        "no-experiments",
        "version: 1\n",
        ":1:1: experiments: missing; add experiments: and a list of them",
    ),
    whole(
        "empty-experiments",
        "version: 1\nexperiments: []\n",
        ":2:14: experiments: no experiment; add one",
    ),
    whole(
        "experiments-as-mapping",
        "version: 1\nexperiments: {a: {title: t}}\n",
        ":2:14: experiments: a mapping where a list is needed; begin each entry with '- '",
    ),
    whole(
        "experiment-as-word",
        "version: 1\nexperiments: [idle-sweep]\n",
        ":2:15: experiments[0]: 'idle-sweep' where a mapping is needed; type {id: my-experiment, title: …, server: {lab: epoll}}",
    ),
    whole(
        "unknown-key-at-the-top",
        "version: 1\nexperimants: []\n",
        ":2:1: experimants: unknown key; did you mean 'experiments'?",
    ),
    after(
        "too-many-arguments",
        f"    measure: probe\n    probe: {{name: wake_up, args: [{', '.join(['x'] * 21)}]}}\n",
        ":7:34: experiments[0].probe.args: 21 entries are too many; at most 20; type fewer",
    ),
    after(
        "too-many-claims",
        f"    claims: [{', '.join(['C1'] * 51)}]\n",
        ":6:13: experiments[0].claims: 51 entries are too many; at most 50; type fewer",
    ),
    after(
        "too-many-selectors",
        f"    quick: {{only: [{', '.join(['{}'] * 101)}]}}\n",
        ":6:19: experiments[0].quick.only: 101 entries are too many; at most 100; type fewer",
    ),
    after(
        "unknown-key",
        "    fleet:\n      activ: 50\n",
        ":7:7: experiments[0].fleet.activ: unknown key; did you mean 'active'?",
    ),
    after(
        "key-of-another-place",
        "    nofile: 1024\n",
        ":6:5: experiments[0].nofile: unknown key; it belongs under 'limits'",
    ),
    after(
        "nothing-alike",
        "    colour: red\n",
        ":6:5: experiments[0].colour: unknown key; known here: id, title, about, claims, measure, server, probe, fleet, limits, interleave, ranked, exclude, sections, sightings, expect, repeat, max_repeat, warmup, duration, seed, timeout, quick, full",
    ),
    after(
        "no-value",
        "    fleet:\n",
        ":6:11: experiments[0].fleet: the key has no value; type one, or delete the key",
    ),
    whole(
        "no-server",
        "version: 1\nexperiments:\n  - id: a\n    title: t\n",
        ":3:5: experiments[0].server: missing; add server: {lab: epoll}",
    ),
    whole(
        "no-lab",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {language: c}}\n",
        ":3:31: experiments[0].server.lab: missing; add lab: epoll",
    ),
    after(
        "fleet-as-number",
        "    fleet: 50\n",
        ":6:12: experiments[0].fleet: 50 where a mapping is needed; type {idle: 900, active: 50}",
    ),
    after(
        "claims-as-word",
        "    claims: C8\n",
        ":6:13: experiments[0].claims: 'C8' where a list is needed; type [C8]",
    ),
    whole(
        "id-with-capitals",
        "version: 1\nexperiments:\n  - {id: Idle Sweep, title: t, server: {lab: select}}\n",
        ":3:10: experiments[0].id: 'Idle Sweep' is not an id; type lower-case letters, digits, '-' and '_', a letter first; such as idle-sweep",
    ),
    whole(
        "id-twice",
        "version: 1\nexperiments:\n" + ONE + "  - {id: a, title: u, server: {lab: epoll}}\n",
        ":4:10: experiments[1].id: 'a' is the id of another experiment, at spec.yaml:3:10; type another id",
    ),
    whole(
        "title-as-number",
        "version: 1\nexperiments:\n  - {id: a, title: 7, server: {lab: select}}\n",
        ":3:20: experiments[0].title: 7 is not a title; type words",
    ),
    whole(
        "title-as-boolean",
        "version: 1\nexperiments:\n  - {id: a, title: no, server: {lab: select}}\n",
        ":3:20: experiments[0].title: YAML reads no as false; type words; if the word is meant, type 'no' in quotes",
    ),
    after(
        "unknown-claim",
        "    claims: [C8, C31]\n",
        ":6:18: experiments[0].claims[1]: 'C31' is not a claim; type one of C1 to C22, T1 to T5, S1 to S7, S4a, S4b, S4c; did you mean 'C3'?",
    ),
    after(
        "unknown-measure",
        "    measure: cieling\n",
        ":6:14: experiments[0].measure: 'cieling' is not a measurement; did you mean 'ceiling'?",
    ),
    whole(
        "unknown-language",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: select, language: pyhton}}\n",
        ":3:55: experiments[0].server.language: 'pyhton' is not a language; type one of c, python, dockerfile; did you mean 'python'?",
    ),
    whole(
        "repeat-zero",
        "version: 1\ndefaults: {repeat: 0}\nexperiments:\n" + ONE,
        ":2:20: defaults.repeat: 0 is less than 1; type 1 or more",
    ),
    after(
        "repeat-absurd",
        "    repeat: 1000000\n",
        ":6:13: experiments[0].repeat: 1000000 is more than 100; type 100 or less",
    ),
    after(
        "repeat-as-text",
        "    repeat: five\n",
        ":6:13: experiments[0].repeat: 'five' is not a whole number; type a number such as 5",
    ),
    after(
        "seed-negative",
        "    seed: -1\n",
        ":6:11: experiments[0].seed: -1 is less than 0; type 0 or more",
    ),
    after(
        "duration-without-unit",
        "    duration: 500\n",
        ":6:15: experiments[0].duration: 500 has no unit; type 500ms or 500s",
    ),
    after(
        "duration-fraction-without-unit",
        "    duration: 0.5\n",
        ":6:15: experiments[0].duration: 0.5 has no unit; type 0.5ms or 0.5s",
    ),
    after(
        "duration-unknown-unit",
        "    duration: 2sec\n",
        ":6:15: experiments[0].duration: '2sec' has an unknown unit; type 2s",
    ),
    after(
        "duration-with-space",
        "    duration: 2 s\n",
        ":6:15: experiments[0].duration: '2 s' has a space in it; type 2s",
    ),
    after(
        "duration-as-time",
        "    duration: 1:30\n",
        ":6:15: experiments[0].duration: '1:30' is not a duration; type 500ms, 2s or 1m",
    ),
    after(
        "duration-absurd",
        "    duration: 11m\n",
        ":6:15: experiments[0].duration: '11m' is more than 10m; type 10m or less",
    ),
    after(
        "max-repeat-below-repeat",
        "    repeat: 5\n    max_repeat: 3\n",
        ":7:17: experiments[0].max_repeat: max_repeat 3 is less than repeat 5; type 5 or more",
    ),
    after(
        "timeout-too-short",
        "    timeout: 1s\n",
        ":6:14: experiments[0].timeout: warmup and duration take 1500ms; the timeout is 1s; type a longer timeout",
    ),
    after(
        "payload-without-unit",
        "    fleet: {payload: 64}\n",
        ":6:22: experiments[0].fleet.payload: 64 has no unit; type 64B or 64KiB",
    ),
    after(
        "payload-decimal-unit",
        "    fleet: {payload: 64KB}\n",
        ":6:22: experiments[0].fleet.payload: '64KB' has an unknown unit; type 64KiB",
    ),
    after(
        "payload-absurd",
        "    fleet: {payload: 1GiB}\n",
        ":6:22: experiments[0].fleet.payload: '1GiB' is more than 16MiB; type 16MiB or less",
    ),
    after(
        "memory-lower-case",
        "    limits: {memory: 1gib}\n",
        ":6:22: experiments[0].limits.memory: '1gib' has an unknown unit; type 1GiB",
    ),
    after(
        "count-with-capital",
        "    fleet: {idle: 10K}\n",
        ":6:19: experiments[0].fleet.idle: '10K' has an unknown unit; type 10k",
    ),
    after(
        "count-fraction",
        "    fleet: {idle: 1.5}\n",
        ":6:19: experiments[0].fleet.idle: 1.5 is not whole; type 900, 10k or 1M or max",
    ),
    after(
        "count-octal",
        "    fleet: {idle: 010}\n",
        ":6:19: experiments[0].fleet.idle: '010' is not a count; type 900, 10k or 1M or max",
    ),
    after(
        "count-exponent",
        "    fleet: {idle: 1e3}\n",
        ":6:19: experiments[0].fleet.idle: '1e3' is not a count; type 900, 10k or 1M or max",
    ),
    after(
        "count-absurd",
        "    fleet: {idle: 1000M}\n",
        ":6:19: experiments[0].fleet.idle: '1000M' is more than 10M; type 10M or less",
    ),
    after(
        "count-boolean",
        "    fleet: {active: off}\n",
        ":6:21: experiments[0].fleet.active: YAML reads off as false; type 900, 10k or 1M",
    ),
    after(
        "nofile-too-small",
        "    limits: {nofile: 3}\n",
        ":6:22: experiments[0].limits.nofile: 3 is less than 16; type 16 or more",
    ),
    after(
        "deny-unknown",
        "    limits: {deny: [pol]}\n",
        ":6:21: experiments[0].limits.deny[0]: 'pol' is not a system call; type one of threads, processes, sigio, select_many, poll_many, epoll_many, or a name such as poll; did you mean 'poll'?",
    ),
    after(
        "deny-what-hides-its-flags",
        "    limits: {deny: [clone3]}\n",
        ":6:21: experiments[0].limits.deny[0]: 'clone3' cannot be denied alone; type threads or processes",
    ),
    after(
        "deny-all",
        "    limits: {deny: [read]}\n",
        ":6:21: experiments[0].limits.deny[0]: no server starts without 'read'; delete it",
    ),
    after(
        "deny-twice",
        "    limits: {deny: [poll, poll]}\n",
        ":6:20: experiments[0].limits.deny: 'poll' is listed twice; list it once",
    ),
    after(
        "more-than-connections",
        "    fleet: {idle: [0, 30k]}\n",
        ":6:23: experiments[0].fleet.idle[1]: 30k idle and 1 active connections add up to 30001; fleet.connections allows 30k; type connections: 30001",
    ),
    after(
        "unlimited-active",
        "    fleet: {active: max}\n",
        ":6:21: experiments[0].fleet.active: 'max' is not a count; type 900, 10k or 1M",
    ),
]
