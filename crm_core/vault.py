"""Secrets: the keys derived from the one configured secret, sealing, and one-way fingerprints.

`unlock` must be called once per process before anything is sealed or fingerprinted. Keys for
different purposes are derived by HKDF, so none can stand in for another.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm_core import errors

SHORTEST_SECRET = 32
_NONCE = 12
_master: list[bytes] = []


class Sealed(errors.Unfit):
    """What was stored cannot be opened with the present secret key."""


def unlock(secret: str) -> None:
    """Set the process's secret: any text of at least 32 characters; ValueError otherwise."""
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"the secret key needs at least {SHORTEST_SECRET} characters")
    _master[:] = [secret.encode()]
    _key.cache_clear()


@cache
def _key(purpose: str) -> bytes:
    if not _master:
        raise RuntimeError("vault.unlock has not been called")
    return HKDF(SHA256(), 32, None, f"huihua/{purpose}".encode()).derive(_master[0])


def fingerprint(purpose: str, value: str) -> bytes:
    """A keyed one-way hash of 32 bytes: equal values match, nothing can be read back."""
    key = _key(f"fingerprint/{purpose}")
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)


def seal(purpose: str, value: dict[str, Any]) -> bytes:
    """Encrypt a JSON object; `purpose` (for example table and row) must be the same to open it."""
    nonce = os.urandom(_NONCE)
    plain = json.dumps(value, ensure_ascii=False).encode()
    return nonce + AESGCM(_key("seal")).encrypt(nonce, plain, purpose.encode())


def open_sealed(purpose: str, sealed: bytes) -> dict[str, Any]:
    """Decrypt what `seal` made; raises Sealed when the key or the purpose differs."""
    try:
        plain = AESGCM(_key("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except (InvalidTag, ValueError):
        raise Sealed(f"{purpose} needs the CRM_SECRET_KEY it was sealed with") from None
    opened: dict[str, Any] = json.loads(plain)
    return opened
