"""The run folder: whole and readable whenever and however the run ends, and later too.

`results/<run>/`: `run.json` (the environment), `effective.yaml`, `trials.jsonl` (one line a trial,
on disk before the next trial starts), `resumes.jsonl` where the run was gone on with, then the
reports, then `manifest.json`, which says what the folder held when the run ended.
"""

from __future__ import annotations

from runner.results.error import IntegrityError, ResultsError
from runner.results.folder import RunFolder, chosen, latest, runs
from runner.results.journal import Journal
from runner.results.manifest import Manifest, Signature
from runner.results.schema import run_schema, trial_schema
from runner.results.seal import EVIDENCE, read_manifest, reseal, seal, unseal
from runner.results.signer import Signer, fingerprint
from runner.results.verify import Fault, Verification, verify

__all__ = [
    "EVIDENCE",
    "Fault",
    "IntegrityError",
    "Journal",
    "Manifest",
    "ResultsError",
    "RunFolder",
    "Signature",
    "Signer",
    "Verification",
    "fingerprint",
    "chosen",
    "latest",
    "read_manifest",
    "reseal",
    "run_schema",
    "runs",
    "seal",
    "trial_schema",
    "unseal",
    "verify",
]
