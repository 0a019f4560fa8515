"""Own servers that are commands or images: what is read, and each mistake with its message."""
# ruff: noqa: E501 (an expected line is one line)

from __future__ import annotations

from pathlib import Path

import pytest

from runner.plan import Host, Trial, expand
from runner.spec import SpecError, effective, load
from tests.spec.broken_spec import lay

SPEC = """\
version: 1
servers:
  words: {command: [./run, "{port}", 4], files: [my.conf, site], port: 8080, ready: {log: up}}
  line: {command: "exec nc -l $PORT"}
  redis: {command: [redis-server, --port, "{port}"], image: "my/redis:7", protocol: redis}
  own: {image: "my/own:1", exchange: {send: "HI\\r\\n", reply: {until: "\\n"}}, ready: {http: /up}}
experiments:
  - id: a
    title: t
    server: {lab: [select, words, line, redis, own]}
    fleet: {payload: [64B, 1KiB]}
    exclude: [{payload: 1KiB, lab: [words, line]}]
    expect:
      - {ratio: rate, of: {lab: redis}, to: {lab: select, payload: 64B}, at_least: 1}
"""


def written(folder: Path, text: str) -> Path:
    scripts = {"run": "#!/bin/sh\n", "bare": "exec nc\n", "dos": "#!/bin/sh\r\n"}
    others = {"my.conf": "", "site/a": "", "plain": ""}
    spec = lay(folder, {"spec.yaml": text, **scripts, **others})
    for name in scripts:
        (folder / name).chmod(0o755)
    return spec


def trials(spec: Path) -> dict[str, Trial]:
    return {
        trial.cell.name: trial for trial in expand(load(spec), Host(5000, (0,)), repeat=1).trials
    }


def test_what_is_always_sent_the_same_has_no_payload(tmp_path: Path) -> None:
    planned = trials(written(tmp_path, SPEC))
    assert set(planned) == {
        "lab=select payload=64B", "lab=select payload=1KiB",
        "lab=words payload=64B", "lab=line payload=64B", "lab=redis", "lab=own",
    }  # fmt: skip


def test_each_server_is_sent_what_it_understands(tmp_path: Path) -> None:
    planned = trials(written(tmp_path, SPEC))
    assert planned["lab=redis"].drive.send == "PING\\x0d\\x0a"
    assert planned["lab=own"].drive.reply == "until:\\x0a"
    assert planned["lab=line payload=64B"].drive.send == ""
    text = SPEC.replace("payload: [64B, 1KiB]", 'exchange: {send: "X", reply: {bytes: 1B}}')
    text = text.replace("    exclude: [{payload: 1KiB, lab: [words, line]}]\n", "")
    for_all = trials(written(tmp_path, text.replace(", payload: 64B", "")))
    assert {trial.drive.send for trial in for_all.values()} == {"X"}


def test_the_effective_text_says_the_same(tmp_path: Path) -> None:
    suite = load(written(tmp_path, SPEC))
    assert load(written(tmp_path, effective(suite))) == suite


MISTAKES = {
    "no such file": (
        "files: [my.conf",
        "files: [my.cnf",
        "3:50: servers.words.files[0]: there is no file 'my.cnf'; the spec's folder leads to ROOT/my.cnf; did you mean 'my.conf'?",
    ),
    "no such program": (
        "[./run,",
        "[./rnu,",
        "3:21: servers.words.command[0]: there is no file './rnu'; the spec's folder leads to ROOT/rnu; did you mean 'run'?",
    ),
    "a program that may not be run": (
        "[./run,",
        "[./plain,",
        "3:21: servers.words.command[0]: './plain' cannot be run; type chmod +x ./plain, or name its interpreter: [python3, plain]",
    ),
    "a script without a first line": (
        "[./run,",
        "[./bare,",
        "3:21: servers.words.command[0]: './bare' does not begin with #! and the path of its interpreter; begin it with #!/bin/sh, or name its interpreter: [sh, bare]",
    ),
    "a script from Windows": (
        "[./run,",
        "[./dos,",
        "3:21: servers.words.command[0]: the first line of './dos' ends with a carriage return, as on Windows; type sed -i 's/\\r$//' ./dos",
    ),
    "a folder as a program": (
        "[./run,",
        "[./site,",
        "3:21: servers.words.command[0]: './site' is a folder; type the program in it, or folder: for a lab's",
    ),
    "a file that the server cannot see": (
        '"{port}", 4],',
        "plain],",
        "3:28: servers.words.command[1]: the server cannot see the file 'plain'; add files: [my.conf, site, plain]",
    ),
    "braces without quotes": (
        '"{port}", 4],',
        "{port}],",
        '3:20: servers.words.command: a mapping among the words of a command; type "{port}" in quotes',
    ),
    "a number that is none": (
        '"{port}", 4],',
        "4.5],",
        "3:20: servers.words.command: 4.5 among the words of a command; put it in quotes",
    ),
    "a pattern that is none": (
        "{log: up}",
        '{log: "(up"}',
        "3:91: servers.words.ready.log: '(up' is no regular expression: missing ), unterminated subpattern at position 0; put a backslash before ( ) [ ] * + ? . $",
    ),
    "nothing to wait for": (
        "{log: up}",
        "{}",
        "3:85: servers.words.ready: nothing is awaited; type {port: true}, {log: PATTERN} or {http: /}",
    ),
    "two conditions": (
        "{log: up}",
        "{log: up, port: true}",
        "3:85: servers.words.ready: port and log are given; type {port: true}, {log: PATTERN} or {http: /}",
    ),
    "a condition misspelt": (
        "{log: up}",
        "{logs: up}",
        "3:86: servers.words.ready.logs: unknown key; did you mean 'log'?",
    ),
    "an unknown protocol": (
        "protocol: redis",
        "protocol: rediss",
        "5:85: servers.redis.protocol: 'rediss' is not a protocol; type one of echo, http, redis, memcached; did you mean 'redis'?",
    ),
    "a protocol and an exchange": (
        "own: {image",
        "own: {protocol: http, image",
        "6:8: servers.own: protocol and exchange are given; keep one of them",
    ),
    "a folder and a command": (
        "line: {command",
        "line: {folder: site, command",
        "4:9: servers.line: folder and command are given; keep one of them",
    ),
    "modules of no Python": (
        "{command: [redis-server,",
        "{modules: [trio], command: [redis-server,",
        '5:10: servers.redis: modules has no meaning without {python}; type command: ["{python}", my_server.py]',
    ),
    "what to install of a folder": (
        'line: {command: "exec nc -l $PORT"}',
        "line: {folder: site, install: make}",
        "4:9: servers.line: install has no meaning with folder; a folder keeps the contract; delete it",
    ),
    "a folder that need not print READY": (
        'line: {command: "exec nc -l $PORT"}',
        "line: {folder: site, ready: {port: true}}",
        "4:9: servers.line: ready has no meaning with folder; a folder keeps the contract; delete it",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(tmp_path: Path, mistake: str) -> None:
    right, wrong, line = MISTAKES[mistake]
    assert right in SPEC
    with pytest.raises(SpecError) as caught:
        load(written(tmp_path, SPEC.replace(right, wrong, 1)))
    said = str(caught.value).splitlines()[0]
    assert said == f"{tmp_path}/spec.yaml:{line.replace('ROOT', str(tmp_path))}"
