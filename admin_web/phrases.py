"""The pages' sentences: `_ = phrases.speaker("zh"); _("Deal {id}", id=…)`."""

from __future__ import annotations

from pathlib import Path

from crm_core import catalogues

FOLDER = Path(__file__).parent / "locale"
Say = catalogues.Say


def speaker(language: str) -> Say:
    """What says the pages' sentences in that language (zh or en)."""
    return catalogues.speaker(FOLDER, language)
