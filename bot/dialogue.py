"""The talk with a rep: every message gets an answer, and no answer is a guess.

A pending question is answered first, then keywords, then the language is asked. What it understood
is carried out (`bot.execution`), asked about, or refused in words.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
import structlog
from sqlalchemy import orm

from bot import (
    answering,
    attendance,
    chats,
    command,
    commands,
    execution,
    finding,
    misses,
    questions,
    refusals,
    world,
)
from bot.language import names, router, understanding
from channels import messages
from conversations import inbox, outbox, threads
from conversations import log as log_
from crm_core import customers, database, errors, people

log = structlog.get_logger("dialogue")

WORDS = frozenset({"text", "menu", "voice"})
"""Kinds of message whose text is the rep's own words."""
BOOK = 200
"""So many of the rep's own customers are recognised by name in the middle of a sentence."""
BOOKS = 64
BATCH = 10
MORE = frozenset({"更多", "下一页", "more", "next page"})


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A rep's words. `at` is the provider's time; `tapped` names the choice, `<reference>.<n>`."""

    text: str
    kind: str
    at: datetime
    message: log_.Message
    event: inbox.Event | None
    conversation: threads.Conversation
    tapped: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the rep is answered; `choices` are printed in `text` already."""

    text: str
    choices: tuple[messages.Choice, ...] = ()


def respond(
    session: orm.Session, rep: people.Rep, incoming: Incoming, setting: world.World, now: datetime
) -> Reply:
    """Answer a rep: run the command, ask back, or say why not. Always something, never an error.

    Only a database that is away, a conflict to be run again, and a lost lease reach the caller.
    """
    chat = chats.at(session, rep, incoming.conversation.address_id, now)
    said_at = incoming.at if messages.NO_TIME < incoming.at <= now else now
    turn = command.Turn(
        session=session,
        rep=rep,
        chat=chat,
        setting=setting,
        registry=commands.registry(),
        text=incoming.text,
        now=now,
        said_at=said_at,
        message=incoming.message,
        source=f"chat:{incoming.conversation.channel}",
    )
    outcome = _safely(turn, incoming)
    if chat.used_at != now:
        chat.used_at = now
    return Reply(text=outcome.text, choices=outcome.choices)


def _safely(turn: command.Turn, incoming: Incoming) -> execution.Outcome:
    try:
        return _answer(turn, incoming)
    except errors.Refusal as refusal:
        return execution.Outcome(text=refusals.answer(turn, refusal))
    except errors.LeaseLost:
        raise
    except Exception as error:
        # Whoever met another transaction is run again as a whole, and the rep never knows.
        if database.is_away(error) or database.is_conflict(error):
            raise
        reference = secrets.token_hex(2).upper()
        log.exception(
            "command failed",
            action="command_failed",
            reference=reference,
            message=turn.message.id,
        )
        return misses.broken(turn, reference)


def _answer(turn: command.Turn, incoming: Incoming) -> execution.Outcome:
    """Within a savepoint of its own, so that a failure leaves nothing half done."""
    with turn.session.begin_nested():
        if incoming.kind not in WORDS:
            return misses.not_words(turn, incoming.kind)
        if not incoming.text.strip():
            return misses.nothing_said(turn)
        stale = bool(incoming.tapped) and _tapped_elsewhere(turn, incoming.tapped)
        outcome = _say(turn, stale)
        # In here, so that it is written together with what the chat remembers.
        turn.chat.used_at = turn.now
        return outcome


def _tapped_elsewhere(turn: command.Turn, tapped: str) -> bool:
    """Whether the tapped choice stood under an older message than the open question."""
    if turn.chat.question is None:
        return False
    reference = tapped.rpartition(".")[0]
    asked = turn.session.scalar(
        sa.select(outbox.Delivery.created_at).where(outbox.Delivery.reference == reference)
    )
    return asked is not None and asked < chats.asked_at(turn.chat)


def _say(turn: command.Turn, stale: bool) -> execution.Outcome:
    if turn.chat.question is not None and turn.text.strip().casefold() in MORE:
        more = turn.chat.question["more"]
        return answering.carry_on(turn, more) if more else misses.no_more(turn)
    stays, over = attendance.of(turn)
    understood = router.understand(turn.text, _context(turn))
    outcome = attendance.line(turn, stays, understood) if stays else None
    if outcome is not None:
        return outcome
    outcome = answering.pending(turn, understood, stale=stale)
    if outcome is None:
        outcome = _fresh(turn, understood)
    return replace(outcome, text=f"{over}\n{outcome.text}") if over else outcome


# Built once: for every command, building a statement would cost more than running it.
_LATEST = (
    sa.select(customers.Customer.name)
    .where(customers.Customer.owner_id == sa.bindparam("rep"))
    .order_by(customers.Customer.updated_at.desc())
    .limit(BOOK)
)


def _context(turn: command.Turn) -> understanding.Context:
    latest = turn.session.connection().execute(_LATEST, {"rep": turn.rep.id}).scalars().all()
    # Sorted, so that the same customers make the same book whichever was touched last.
    book = _book(tuple(sorted(latest)))
    return understanding.Context(
        now=turn.said_at, tz=turn.zone, book=book, pending=turn.chat.question is not None
    )


@lru_cache(BOOKS)
def _book(own: tuple[str, ...]) -> names.NameBook:
    return names.NameBook(own)


def _fresh(turn: command.Turn, understood: understanding.Understanding) -> execution.Outcome:
    if understood.lines:
        return _batch(turn, understood.lines)
    if understood.command is None or _only_looks_like_a_name(turn, understood):
        return misses.not_understood(turn, understood)
    clauses = [(clause.command, clause.slots) for clause in understood.clauses]
    clauses = clauses or [(understood.command, understood.slots)]
    unbuilt = [name for name, _ in clauses if name not in turn.registry]
    if unbuilt:
        return misses.not_built(turn, understood)
    if understood.question and any(turn.registry[name].writes for name, _ in clauses):
        return misses.asked_not_told(turn, understood)
    # Whether an answer needs a confirmation depends on who wrote last, which only the log knows.
    turn.must_confirm = understood.confirm and understood.command != "reply"
    outcome = execution.run(turn, _completed(clauses, understood), turn.text)
    turn.chat.misses = 0
    return outcome


def _only_looks_like_a_name(turn: command.Turn, understood: understanding.Understanding) -> bool:
    """Whether words without a verb (谢谢) were taken for a name that nobody here has."""
    written = str(understood.slots.get("customer") or "")
    return understood.why == "name" and not finding.is_known(turn, written)


def _completed(
    clauses: questions.Clauses, understood: understanding.Understanding
) -> questions.Clauses:
    """Clauses of one line share the customer and the deal that the line names once."""
    shared = {
        slot: understood.slots[slot]
        for slot in ("customer", "deal")
        if len(clauses) > 1 and understood.slots.get(slot) is not None
    }
    return [
        (name, slots if name == "new_customer" else {**shared, **slots}) for name, slots in clauses
    ]


def _batch(turn: command.Turn, lines: Sequence[understanding.Understanding]) -> execution.Outcome:
    """Several commands, one a line: each is carried out or refused by itself."""
    if len(lines) > BATCH:
        text = turn.say("That is too much at once: {limit} lines at most.", limit=BATCH)
        return execution.Outcome(text=text)
    words = [line for line in turn.text.splitlines() if line.strip()]
    if len(words) != len(lines):
        words = [turn.text] * len(lines)
    shown = []
    for line, understood in zip(words, lines, strict=True):
        turn.text = line
        shown.append(misses.line_by_itself(turn, understood, _fresh))
    hint = turn.say("Send “undo” to take the last one back")
    return execution.Outcome(text="\n".join([*shown, hint]))
