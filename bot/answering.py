"""Answers to the open question of a chat: a number, a yes, a no, or the words it asked for.

If anything was put into the chat since the question, a bare yes or number does not act: it shows
what it would do and asks again (COMMANDS §1.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot import chats, command, execution, questions, replies
from bot.language import understanding
from conversations import threads

BARE = frozenset({"select", "confirm", "cancel"})
DAYS = ("at", "date", "close_date")
MONEY = ("amount", "delta", "factor", "low", "high", "currency", "approx", "amount_ambiguous")
FITTING: Mapping[str, tuple[str | None, ...]] = {
    "customer": (None, "query"),
    **dict.fromkeys(DAYS, (None, "task", "close_date", "snooze")),
    "amount": (None, "amount", "won"),
    "stage": (None, "stage"),
}
"""Commands that a bare date, amount or name looks like, and that answer a question all the same."""
_YES = frozenset("是 好 对 确认 ok y yes confirm".split())


def pending(
    turn: command.Turn, understood: understanding.Understanding, *, stale: bool
) -> execution.Outcome | None:
    """What the words do to the open question; None when they are a command of their own."""
    understood = _reply_as_answer(turn, understood)
    question = turn.chat.question
    if understood.command in BARE:
        return _bare(turn, understood, stale=stale)
    if question is None or question["free"] is None:
        return None
    slots = _filling(turn, question["free"]["slot"], understood)
    if slots is None:
        return None
    return _go(turn, questions.Answer(clauses=questions.filled(question, slots)))


def _reply_as_answer(
    turn: command.Turn, understood: understanding.Understanding
) -> understanding.Understanding:
    """`回 1` and `回 是` answer the question, unless a customer waits for an answer."""
    text = str(understood.slots.get("text") or "").strip().casefold()
    answers = text.isdecimal() or text in _YES
    if understood.command != "reply" or not answers or understood.slots.get("customer"):
        return understood
    if turn.chat.question is None or threads.waiting_for(turn.session, turn.rep, limit=1):
        return understood
    if text.isdecimal():
        return understanding.Understanding(command="select", slots={"index": int(text)})
    return understanding.Understanding(command="confirm")


def _bare(
    turn: command.Turn, understood: understanding.Understanding, *, stale: bool
) -> execution.Outcome:
    _ = turn.say
    question = turn.chat.question
    if question is None:
        return execution.Outcome(
            text=_("Nothing is waiting for your answer. “help” shows examples.")
        )
    number = _number(understood)
    stale = stale or chats.disturbed(turn.session, turn.chat, turn.message.conversation_id)
    if number == 0:
        refused = None if stale else questions.refused(question)
        turn.chat.question = None
        nothing = execution.Outcome(text=_("All right, nothing was done."))
        return nothing if refused is None else _go(turn, refused)
    answer = questions.answer(question, number) or _bare_amount(question, number)
    why = _why_not(turn, understood, question, stale=stale)
    if answer is None:
        why = why or _("There is no number {number}.", number=number)
    return _again(turn, question, why) if why or answer is None else _go(turn, answer)


def _why_not(
    turn: command.Turn,
    understood: understanding.Understanding,
    question: Mapping[str, Any],
    *,
    stale: bool,
) -> str:
    """Why a bare answer may not act; empty when it may."""
    if stale:
        return turn.say("Something came in between. You were asked:")
    # 好的 to a list may only be politeness; a number is meant.
    if understood.command == "confirm" and question["kind"] != "confirm":
        return turn.say("Please choose:")
    return ""


def _bare_amount(question: Mapping[str, Any], number: int) -> questions.Answer | None:
    """A number that is no option answers the question for an amount."""
    if not question["free"] or question["free"]["slot"] != "amount":
        return None
    return questions.Answer(clauses=questions.filled(question, {"amount": number}))


def _number(understood: understanding.Understanding) -> int:
    if understood.command == "cancel":
        return 0
    return int(understood.slots.get("index") or 1) if understood.command == "select" else 1


def _again(turn: command.Turn, question: Mapping[str, Any], note: str) -> execution.Outcome:
    """Show the question once more, with why."""
    if question["kind"] == "list":
        labels = [option["label"] for option in question["options"]]
        prompt = "\n".join([turn.say("From the list:"), *replies.numbered(labels)])
        question = {**question, "prompt": prompt}
    asked = execution.ask(turn, dict(question))
    return execution.Outcome(text=f"{note}\n{asked.text}", choices=asked.choices)


def _go(turn: command.Turn, answer: questions.Answer) -> execution.Outcome:
    if answer.then is not None:
        return execution.ask(turn, answer.then)
    turn.chat.question = None
    turn.sure = answer.sure
    words = json.dumps(questions.packed(answer.clauses), ensure_ascii=False)
    return execution.run(turn, answer.clauses, words)


def carry_on(turn: command.Turn, clauses: Sequence[Sequence[Any]]) -> execution.Outcome:
    """The next page of a list."""
    turn.chat.question = None
    return execution.run(turn, questions.unpacked(clauses), turn.text)


def _filling(
    turn: command.Turn, slot: str, understood: understanding.Understanding
) -> dict[str, Any] | None:
    """The slots that free words fill; None when they are a command of their own."""
    slots, said = understood.slots, understood.command
    if said not in FITTING.get(slot, (None,)):
        return None
    if slot == "customer":
        return {slot: slots.get("customer") or turn.text.strip()}
    if slots.get("customer"):
        return None
    if slot in DAYS:
        found = next((slots[name] for name in DAYS if slots.get(name) is not None), None)
        return {slot: found, "invalid": None} if found is not None else None
    return _words(turn, slot, slots)


def _words(turn: command.Turn, slot: str, slots: Mapping[str, Any]) -> dict[str, Any] | None:
    if slot == "amount":
        return {name: slots[name] for name in MONEY if slots.get(name) is not None} or None
    if slot == "stage":
        return {slot: slots["stage"]} if slots.get("stage") else None
    return {slot: turn.text.strip()}
