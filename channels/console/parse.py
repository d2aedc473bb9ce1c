"""The terminal's own raw form: one line of JSON, `{"id", "rep", "text", "at"}`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from channels import http, messages


def encode(rep: str, text: str, message_id: str, at: datetime) -> bytes:
    """What is recorded of one typed line; `at` is aware."""
    line = {"id": message_id, "rep": rep, "text": text, "at": at.astimezone(UTC).isoformat()}
    return json.dumps(line).encode()


def parse(raw: bytes, account: str) -> Sequence[messages.Inbound]:
    """Read what `encode` wrote; raises ValueError for anything else."""
    line = http.strict_json(raw)
    if not all(isinstance(line.get(name), str) for name in ("id", "rep", "text", "at")):
        raise ValueError("not a line from the terminal")
    at = datetime.fromisoformat(line["at"])
    if at.tzinfo is None or not line["rep"]:
        raise ValueError("not a line from the terminal")
    sender = messages.Address(kind="console", account=account, value=line["rep"])
    return (
        messages.InboundMessage(
            sender=sender,
            at=at.astimezone(UTC),
            provider_id=line["id"],
            sender_name=line["rep"],
            text=line["text"],
        ),
    )
