"""Numbers and addresses that look drawn by lot and never meet: each of its own counter."""

from __future__ import annotations

import base64
import hashlib

_PREFIXES = (
    130, 131, 132, 133, 135, 136, 137, 138, 139, 150, 151, 152, 155, 156, 157, 158, 159,
    173, 176, 177, 178, 180, 181, 182, 183, 185, 186, 187, 188, 189,
)  # fmt: skip
_DIGITS = 10**8
PHONES = len(_PREFIXES) * _DIGITS
"""So many different mobile numbers there are."""
_STEP = 1_234_567_891  # has no divisor in common with PHONES, so that every number comes once


def phone(seed: int, number: int) -> str:
    """A Chinese mobile number in E.164, another one for each `number` below PHONES."""
    mixed = (number * _STEP + seed * 7_919) % PHONES
    return f"+86{_PREFIXES[mixed % len(_PREFIXES)]}{mixed // len(_PREFIXES):08d}"


def openid(seed: int, *what: object) -> str:
    """An id as WeChat gives it: 28 characters beginning with an o."""
    return "o" + _hashed(seed, *what)


def unionid(seed: int, *what: object) -> str:
    """The id of the same person across the accounts of one company."""
    return "u" + _hashed(seed, "union", *what)


def _hashed(seed: int, *what: object) -> str:
    digest = hashlib.blake2b(repr((seed, *what)).encode(), digest_size=20).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
