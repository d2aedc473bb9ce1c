"""Sentences in the person's language, from gettext catalogues (`<package>/locale/<language>.po`).

English is the language of the message ids, so it needs no catalogue. Catalogues are read as they
are, once per process: there is nothing to compile and nothing to forget compiling.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages import pofile

LANGUAGES = {"zh": "zh_CN", "en": ""}
Say = Callable[..., str]
"""`say("Deal {title} is won.", title=…)`: the sentence translated, then its placeholders filled."""


@cache
def sentences(folder: Path, language: str) -> dict[str, str]:
    """Message id → translation; empty for English and for a language we do not have."""
    path = folder / f"{LANGUAGES.get(language, '')}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = pofile.read_po(file)
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string}


@cache
def speaker(folder: Path, language: str) -> Say:
    """What says sentences of that folder's catalogue in that language (zh or en)."""
    known = sentences(folder, language)

    def say(sentence: str, /, **details: Any) -> str:
        return (
            known.get(sentence, sentence).format_map(details)
            if details
            else known.get(sentence, sentence)
        )

    return say
