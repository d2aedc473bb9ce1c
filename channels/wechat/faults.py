"""Turns an error code in a vendor's answer into the error that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from channels import contract
from channels.wechat import rules

_IP = re.compile(r"invalid ip ([0-9A-Fa-f.:]{3,45})")


def code(answer: Mapping[str, Any]) -> int:
    """The error code of an answer; 0 where all is well (successes often carry none)."""
    value = answer.get("errcode", 0)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise contract.RetryLater("WeChat answered with an unreadable error code") from None


def check(answer: Mapping[str, Any]) -> None:
    """Raise what the answer's error code stands for, in words; nothing when all is well."""
    number = code(answer)
    if number == 0:
        return
    if number not in rules.FAULTS:
        raise contract.Refused(f"WeChat refused with code {number}")
    fault = rules.FAULTS[number]
    words = fault.words + _our_ip(number, str(answer.get("errmsg", "")))
    if fault.kind is contract.RetryLater:
        raise contract.RetryLater(words, rules.AFTER.get(number))
    raise fault.kind(words)


def _our_ip(number: int, message: str) -> str:
    """For 40164 the address that WeChat saw, which is the one to be listed."""
    found = _IP.search(message) if number == rules.IP_NOT_LISTED else None
    return f": {found[1]}" if found else ""
