"""Carrying out one line: its clauses in one savepoint and one change set, with one echo.

The gates of COMMANDS §1.6 are here and in the readers. A confirmation shows what the line really
did: it is run, its echo becomes the question, and everything is rolled back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import chats, command, questions, readers, refusals, replies
from channels import messages
from crm_core import audit, customers, deals, tasks


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What to say. `wrote` tells whether anything was changed."""

    text: str
    choices: tuple[messages.Choice, ...] = ()
    wrote: bool = False


def run(turn: command.Turn, clauses: questions.Clauses, words: str) -> Outcome:
    """Carry out the clauses of one line, or ask, or look.

    Raises Refusal when the answer is no; then, as when it asks, nothing has changed. `words` is
    what makes this line the same as another one.
    """
    pinned = [(name, dict(slots)) for name, slots in clauses]
    turn.verb = pinned[0][0]
    turn.writes = any(turn.registry[name].writes for name, _ in pinned)
    _permit(turn, pinned)
    try:
        # What only looks has nothing to roll back when it asks.
        with turn.session.begin_nested() if turn.writes else contextlib.nullcontext():
            results, text = _attempt(turn, pinned, words)
    except _Stopped as stopped:
        return ask(turn, questions.stored(stopped.ask, pinned, stopped.place))
    turn.session.flush()
    _remember(turn, results)
    if turn.writes:
        return _wrote(turn, results, text, _key(pinned, words))
    return _looked(turn, results, pinned)


def ask(turn: command.Turn, question: dict[str, Any]) -> Outcome:
    """Make this the open question and say it."""
    chats.ask(turn.chat, question, turn.now)
    text, choices = replies.asked(turn.say, question)
    return Outcome(text=text, choices=choices)


class _Stopped(Exception):
    """A clause asked back: roll back, and remember which one it was."""

    def __init__(self, ask: command.Ask, place: int) -> None:
        super().__init__(ask.prompt)
        self.ask, self.place = ask, place


def _permit(turn: command.Turn, clauses: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    for name, _ in clauses:
        if turn.rep.role not in turn.registry[name].roles:
            raise refusals.not_permitted(turn, turn.registry[name].roles)


def _attempt(
    turn: command.Turn, pinned: list[tuple[str, dict[str, Any]]], words: str
) -> tuple[list[command.Result], str]:
    """Run all clauses inside the savepoint; their slots get the records they were resolved to."""
    results: list[command.Result] = []
    with audit.changing(
        turn.session,
        actor=f"rep:{turn.rep.id}",
        cause=f"message:{turn.message.id}",
        now=turn.now,
        rep_id=turn.rep.id,
        command=pinned[0][0],
        source=turn.source,
    ) as turn.changes:
        for place, (name, slots) in enumerate(pinned):
            try:
                results.append(_call(turn, turn.registry[name], slots))
            except command.Ask as question:
                raise _Stopped(question, place) from None
        turn.session.flush()
        text = turn.changes.summary = replies.echo(turn, results)
        if turn.writes:
            _confirm(turn, text, chats.repeats(turn.chat, _key(pinned, words), turn.now))
    return results, text


def _confirm(turn: command.Turn, text: str, repeated: bool) -> None:
    if turn.sure:
        return
    if repeated:
        turn.doubt(turn.say("You did exactly this a moment ago. Once more?"))
    if turn.doubts or turn.must_confirm:
        raise _Stopped(replies.confirmation(turn, text), 0)


def _call(turn: command.Turn, declared: command.Command, slots: dict[str, Any]) -> command.Result:
    turn.must_confirm = turn.must_confirm or declared.risk is command.Risk.CONFIRM
    turn.slots, values = slots, {}
    for slot in declared.slots:
        values[slot.parameter] = readers.read(turn, slot, slots)
        _pin(turn, slots, values[slot.parameter])
    result = declared.run(turn, **values)
    turn.customer = result.customer or turn.customer
    turn.deal = result.deal or turn.deal
    return result


def _pin(turn: command.Turn, slots: dict[str, Any], value: Any) -> None:
    """Let the answer to a question mean the record that was found now, whatever comes between."""
    if isinstance(value, customers.Customer) and not _made_here(turn, value):
        slots["customer"] = f"#{value.id}"
    elif isinstance(value, deals.Deal) and not _made_here(turn, value):
        slots["deal"] = value.id
    elif isinstance(value, tasks.Task):
        slots["task"], slots["index"] = value.id, None


def _made_here(turn: command.Turn, record: Any) -> bool:
    """Whether this very line created the record: after a rollback its number is another one."""
    return any(
        change.field == audit.CREATED
        and change.record == record.__tablename__
        and change.record_id == record.id
        for change in turn.changes.changes
    )


def _key(clauses: Sequence[tuple[str, Mapping[str, Any]]], words: str) -> str:
    records = [
        (name, slots.get("customer"), slots.get("deal"), slots.get("task"))
        for name, slots in clauses
    ]
    return json.dumps([" ".join(words.split()).casefold(), records], ensure_ascii=False)


def _remember(turn: command.Turn, results: Sequence[command.Result]) -> None:
    for result in results:
        deal = result.deal
        customer = result.customer
        customer_id = customer.id if customer else deal.customer_id if deal else None
        chats.remember(turn.chat, customer_id, deal.id if deal else None)
        if isinstance(result, command.Shown) and result.listed:
            chats.show_list(turn.chat, result.listed)


def _wrote(turn: command.Turn, results: Sequence[command.Result], text: str, key: str) -> Outcome:
    turn.chat.question = None
    elsewhere = any(isinstance(each, command.Done) and each.elsewhere for each in results)
    if not turn.changes.changes and not elsewhere:
        lines = [turn.say("Nothing to change: {what}", what=text), *turn.hints]
        return Outcome(text="\n".join(lines))
    if not elsewhere:
        chats.wrote(turn.chat, key, turn.now)
    shown = replies.done(turn, results, text)
    offer = next((r.offer for r in results if isinstance(r, command.Done) and r.offer), None)
    if offer is None:
        return Outcome(text=shown, wrote=True)
    asked = ask(turn, questions.stored(offer))
    return Outcome(text=f"{shown}\n{asked.text}", choices=asked.choices, wrote=True)


def _looked(
    turn: command.Turn, results: Sequence[command.Result], clauses: questions.Clauses
) -> Outcome:
    shown = [result for result in results if isinstance(result, command.Shown)]
    lines = [line for result in shown for line in result.lines] + turn.hints
    choices = tuple(choice for result in shown for choice in result.choices)
    last = shown[-1]
    if last.picks is not None:
        question = questions.stored(last.picks)
        if last.more is not None:
            name, slots = clauses[-1]
            question["more"] = questions.packed([(name, {**slots, **last.more})])
        picked = ask(turn, question)
        return Outcome(text="\n".join(lines), choices=choices or picked.choices)
    chats.disturb(turn.chat)
    return Outcome(text="\n".join(lines), choices=choices)
