"""The key that signs manifests: Ed25519 (RFC 8032), one a user, made at the first run.

docs/results.md says what a signature proves and what it does not.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from runner.results.signature import Signature

ALGORITHM = "ed25519"
_SECRET_BYTES = 32
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Signer:
    """`secret` are the 32 bytes of the private key."""

    secret: bytes

    @classmethod
    def of_user(cls, folder: Path) -> Signer:
        """The key in `folder`; a new one where there is none. Raises OSError; ValueError where the
        file holds no key."""
        path = folder / "signing.key"
        signer = cls.existing(folder)
        if signer is not None:
            return signer
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = folder / f".signing.key.{os.getpid()}"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, os.urandom(_SECRET_BYTES).hex().encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(beside, path)
        except FileExistsError:
            pass  # another first run made a key at the same moment: it is used
        except OSError:
            beside.replace(path)  # a file system without links
        beside.unlink(missing_ok=True)
        return cls._read(path)

    @classmethod
    def existing(cls, folder: Path) -> Signer | None:
        """The key in `folder`, None where there is none. Raises OSError, ValueError."""
        try:
            return cls._read(folder / "signing.key")
        except FileNotFoundError:
            return None

    @classmethod
    def _read(cls, path: Path) -> Signer:
        text = path.read_text(encoding="ascii", errors="replace").strip()
        if not _HEX.fullmatch(text):
            raise ValueError(f"{path} holds no key; move it away, and the next run makes one")
        return cls(bytes.fromhex(text))

    @property
    def public(self) -> str:
        """The public key, hex."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return (
            Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw().hex()
        )

    def sign(self, message: bytes) -> Signature:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        value = Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)
        return Signature(ALGORITHM, self.public, value.hex())


def is_genuine(signature: Signature, message: bytes) -> bool:
    """Whether `message` was signed with the secret half of `signature.key`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature.algorithm != ALGORITHM:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.key))
        key.verify(bytes.fromhex(signature.value), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: str) -> str:
    """A public key's short name, to be compared by people: 32 hex digits of its SHA-256."""
    return hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32]
