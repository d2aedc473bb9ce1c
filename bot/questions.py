"""The open question of a chat as stored data: what each answer would run.

{"kind", "prompt", "options": [{"label", "clauses", "sure", "then"}], "free": {"slot", "clauses",
"at"} or None, "more": clauses or None, "no": an option or None}; `bot.chats` adds when it was asked
and whether it was disturbed. `clauses` are [command id, slots] pairs in JSON, ready to run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot import command

Clauses = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an answer leads to: clauses to run, or the next question."""

    clauses: Clauses = ()
    sure: bool = False
    then: dict[str, Any] | None = None


def stored(ask: command.Ask, clauses: Clauses = (), place: int = 0) -> dict[str, Any]:
    """The question as data; `place` is the clause that asked, whose slots the answer completes."""
    return {
        "kind": ask.kind,
        "prompt": ask.prompt,
        "options": [_option(option, clauses, place) for option in ask.options],
        "free": {"slot": ask.free, "clauses": packed(clauses), "at": place} if ask.free else None,
        "more": None,
        "no": _option(ask.no, clauses, place) if ask.no else None,
    }


def _option(option: command.Option, clauses: Clauses, place: int) -> dict[str, Any]:
    runs = option.clauses
    if runs is None:
        runs = tuple(
            (name, {**slots, **option.patch} if number == place else slots)
            for number, (name, slots) in enumerate(clauses)
        )
    return {
        "label": option.label,
        "clauses": packed(runs),
        "sure": option.sure,
        "then": stored(option.then) if option.then else None,
    }


def answer(question: Mapping[str, Any], number: int) -> Answer | None:
    """What option `number` (from 1) leads to; None when there is no such option."""
    options = question["options"]
    if not 1 <= number <= len(options):
        return None
    chosen = options[number - 1]
    return Answer(
        clauses=unpacked(chosen["clauses"]), sure=bool(chosen["sure"]), then=chosen["then"]
    )


def refused(question: Mapping[str, Any]) -> Answer | None:
    """What a no leads to; None where it only closes the question."""
    chosen = question.get("no")
    return Answer(clauses=unpacked(chosen["clauses"]), sure=True) if chosen else None


def filled(question: Mapping[str, Any], slots: Mapping[str, Any]) -> Clauses:
    """The clauses of a question that takes any words, with these slots added to the asking one."""
    free = question["free"]
    return [
        (name, {**known, **slots} if number == free["at"] else known)
        for number, (name, known) in enumerate(unpacked(free["clauses"]))
    ]


def packed(clauses: Clauses) -> list[list[Any]]:
    """Clauses as JSON."""
    return [
        [name, {slot: _pack(value) for slot, value in slots.items() if value is not None}]
        for name, slots in clauses
    ]


def unpacked(clauses: Sequence[Sequence[Any]]) -> Clauses:
    """The clauses that `packed` made JSON of."""
    return [
        (name, {slot: _unpack(value) for slot, value in slots.items()}) for name, slots in clauses
    ]


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, list | tuple):
        return [_pack(each) for each in value]
    return value


UNPACK: Mapping[str, Callable[[str], Any]] = {
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "number": Decimal,
}


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return UNPACK[kind](text)
    if isinstance(value, list):
        return [_unpack(each) for each in value]
    return value
