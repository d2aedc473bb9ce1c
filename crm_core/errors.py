"""Errors that mean something to people.

Core code has no user-visible text: a `Refusal` carries a key and details, and the face that
shows it (chat, page, API) puts it into the person's language.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The request was understood and will not be carried out.

    `key` is dotted, noun first ("deal.already-closed"); `details` are what the sentence needs.
    """

    def __init__(self, key: str, /, **details: Any) -> None:
        super().__init__(key, details)
        self.key = key
        self.details = details

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.details.items())
        return f"{self.key}({shown})"


class NotFound(Refusal):
    """The record does not exist, or the asker may not know that it does."""


class OutOfScope(NotFound):
    """The record exists and the asker may not see it: said like NotFound, kept in the audit.

    `record` (the table) and `record_id` are for the audit only and are not among the details.
    """

    def __init__(self, key: str, /, *, record: str, record_id: int, **details: Any) -> None:
        super().__init__(key, **details)
        self.record, self.record_id = record, record_id


class Denied(Refusal):
    """The asker's role does not allow this; kept in the audit."""


class Unfit(Exception):
    """The installation is not fit to run; the text says why and what to do."""


class LeaseLost(Exception):
    """Somebody else has taken over this job: what was done under the old lease must roll back."""
