"""The run folder: complete and readable whenever and however the run ends, and later too.

`results/<run>/`: `run.json` (the environment), `effective.yaml`, `trials.jsonl` (one line a trial,
on disk before the next trial starts), `resumes.jsonl` where the run was resumed, then the reports,
then `manifest.json`, which says what the folder held when the run ended.
"""

from __future__ import annotations

from runner.results.disk import replace_text, write_text
from runner.results.error import HeldError, IntegrityError, ResultsError, UnknownRunError
from runner.results.file_manifest import FileManifest
from runner.results.files import seal_files, verify_files
from runner.results.folder import RunFolder, find_run, latest, runs
from runner.results.home import config, data
from runner.results.journal import Journal
from runner.results.manifest import Manifest
from runner.results.reading import EVIDENCE, REPORTS, ReportName, Unreadable, shown
from runner.results.schema import run_schema, trial_schema
from runner.results.seal import read_manifest, reseal, seal, unseal
from runner.results.signature import Signature, SignedDocument
from runner.results.signer import Signer, fingerprint
from runner.results.verify import Fault, Verification, verify

__all__ = [
    "EVIDENCE",
    "REPORTS",
    "Fault",
    "FileManifest",
    "HeldError",
    "IntegrityError",
    "Journal",
    "Manifest",
    "ReportName",
    "ResultsError",
    "RunFolder",
    "Signature",
    "SignedDocument",
    "Signer",
    "UnknownRunError",
    "Unreadable",
    "Verification",
    "config",
    "data",
    "find_run",
    "fingerprint",
    "latest",
    "read_manifest",
    "replace_text",
    "reseal",
    "run_schema",
    "runs",
    "seal",
    "seal_files",
    "shown",
    "trial_schema",
    "unseal",
    "verify",
    "verify_files",
    "write_text",
]
