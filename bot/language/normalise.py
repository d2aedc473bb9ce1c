"""The text of a message made ready for matching; see crm_core.folding for how."""

from crm_core import folding

LIMIT = 300
"""Characters of a sentence that are searched for names, dates and amounts; notes keep the rest."""


def fold(text: str) -> str:
    """The text in half width, simplified and lower case; same length, so spans carry over."""
    return folding.fold(text)


def clean(text: str) -> str:
    """The text as typed without surrounding white space, NUL and invisible direction marks."""
    return folding.clean(text)
