"""Signatures and the cipher of callbacks.

Built on wechatpy's cipher; compared in constant time and with every length and pad byte checked,
which wechatpy leaves out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Sequence

from wechatpy.crypto import PrpCrypto

_BLOCK = 32
_HEAD = 16 + 4


class Unreadable(Exception):
    """No key of ours opens this, or it was meant for somebody else."""


def signature(*parts: str) -> str:
    """The vendor's signature: the SHA-1 of the sorted, joined parts, in hex."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def signed(given: str, *parts: str) -> bool:
    """Whether `given` is the signature of the parts; takes equally long for every wrong one."""
    expected = signature(*parts).encode()
    return hmac.compare_digest(expected, given.encode("utf-8", "surrogatepass"))


class Key(PrpCrypto):  # type: ignore[misc]
    """One EncodingAESKey at work: AES-256-CBC, pad to 32, random16 + length4 + text + AppID."""

    def get_random_string(self) -> str:
        """Sixteen random characters; wechatpy's own come from a guessable generator."""
        return secrets.token_hex(8)

    def seal(self, text: str, app_id: str) -> str:
        """Encrypt a text for an account."""
        return bytes(self.encrypt(text, app_id)).decode("ascii")

    def unseal(self, sealed: str, app_id: bytes) -> bytes:
        """Decrypt; raises `Unreadable` for a wrong key, wrong AppID or broken layout."""
        try:
            plain = bytes(self.cipher.decrypt(base64.b64decode(sealed, validate=True)))
            pad = plain[-1]
            (length,) = struct.unpack_from(">I", plain, 16)
        except (ValueError, IndexError, struct.error):
            raise Unreadable from None
        end = _HEAD + length
        padding_sound = 1 <= pad <= _BLOCK and plain.endswith(bytes([pad]) * pad)
        if not padding_sound or plain[end : len(plain) - pad] != app_id or end > len(plain) - pad:
            raise Unreadable
        return plain[_HEAD:end]


def open_with(keys: Sequence[Key], sealed: str, app_id: str) -> tuple[bytes, Key]:
    """Decrypt with the first key that fits and tell which it was; raises `Unreadable`."""
    for key in keys:
        try:
            return key.unseal(sealed, app_id.encode()), key
        except Unreadable:
            continue
    raise Unreadable
