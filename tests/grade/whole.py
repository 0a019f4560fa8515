"""The whole corpus, measured here and now: which column of the proof finds each decoy, what the
others say, and whether an honest server is accused.

    python -m tests.grade.whole [NAME ...]     these servers, or all
    python -m tests.grade.whole --keep ...     the same, and the records that test_corpus.py reads
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.engine.process import ProcessEngine
from runner.grade.record import ProofRow
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.records.outcome import Outcome
from tests.grade.corpus import DECOYS, HONEST, Server
from tests.grade.graded import kept, misjudged, outcomes, proof

RECORDS = Path(__file__).parent / "records"
AT_ONCE = 3


def main(words: Sequence[str]) -> int:
    named = [word for word in words if word != "--keep"]
    servers = [
        server for server in (*DECOYS.values(), *HONEST.values())
        if not named or server.name in named
    ]  # fmt: skip
    engine = ProcessEngine()
    began = time.monotonic()
    problems = engine.prepare(
        [FLEET_PROGRAM, *TRACE_PROGRAMS, *(each.program for each in servers)], print
    )
    for program, problem in problems.items():
        print(f"{program.name}: {problem}")  # noqa: T201
    servers = [each for each in servers if each.program not in problems]
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            seen = list(pool.map(lambda server: _measured(server, engine), servers))
    finally:
        engine.close()
    missed = 0
    for server, found in zip(servers, seen, strict=True):
        missed += _shown(server, found)
    print(f"\n{len(servers)} servers in {time.monotonic() - began:.0f} s, {missed} misjudged")  # noqa: T201
    if "--keep" in words:
        _keep(servers, seen)
    return bool(missed)


def _measured(server: Server, engine: ProcessEngine) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        return outcomes(server, engine, Path(folder))


def _shown(server: Server, seen: Sequence[Outcome]) -> bool:
    rows = proof(server, seen)
    failed = [f"{each.trial} {each.status}: {each.reason}" for each in seen if each.status != "OK"]
    wrong = misjudged(server, seen, honest=server.name in HONEST)
    print(f"\n{'!! ' if wrong else ''}{server.name}: says {server.model}")  # noqa: T201
    for row in rows:
        print(f"  {row.claim} {row.demanded}: {row.ruling}")  # noqa: T201
        _columns(row)
    for line in failed:
        print(f"  {line[:200]}")  # noqa: T201
    return wrong


def _columns(row: ProofRow) -> None:
    for seen in row.seen:
        word = {True: "agrees", False: "CONTRADICTS", None: "–"}[seen.agrees]
        print(f"    {seen.column:9} {word:11} {seen.value:14} {seen.why[:150]}")  # noqa: T201


def _keep(servers: Sequence[Server], seen: Sequence[Sequence[Outcome]]) -> None:
    """Records of servers that were not measured now are left as they are."""
    RECORDS.mkdir(exist_ok=True)
    new = {
        server.name: json.dumps({"name": server.name, "outcomes": [kept(each) for each in found]})
        for server, found in zip(servers, seen, strict=True)
    }
    for kind, table in (("decoys", DECOYS), ("honest", HONEST)):
        path = RECORDS / f"{kind}.jsonl"
        old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        lines = {json.loads(line)["name"]: line for line in old} | new
        text = "\n".join(lines[name] for name in table if name in lines)
        path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
