"""The bot's sentences in a rep's language: `say = speaker("zh"); say("Done: {text}", text=…)`."""

from __future__ import annotations

from pathlib import Path

from crm_core import catalogues, people

FOLDER = Path(__file__).parent / "locale"
Say = catalogues.Say


def speaker(language: str) -> Say:
    """What says the bot's sentences in that language (zh or en)."""
    return catalogues.speaker(FOLDER, language)


def of(rep: people.Rep, default: str) -> Say:
    """What says the bot's sentences in the language this rep has chosen, or else the company's."""
    return speaker(rep.language or default)


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark a sentence kept in data for the catalogues, without translating it here."""
    return sentence
