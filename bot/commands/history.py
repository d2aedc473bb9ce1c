"""What happened with a customer, on all channels in one order, page after page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import command, replies, wording
from bot.commands import notes
from bot.phrases import N_
from conversations import log, outbox, timeline
from crm_core import activities, customers, deals, tasks

commands = command.Commands("customers")
SHOWN = 36
ENTRIES = 5
WORDS = (timeline.Sort.MESSAGE, timeline.Sort.ACTIVITY)
"""What was said and noted."""
STORY = (*WORDS, timeline.Sort.DEAL, timeline.Sort.TASK)
"""Without the changes: each entry would stand there twice. `undo` and the pages show those."""
TASK_MARKS = {"open": "⏰", "done": "✓", "cancelled": "✗"}


@commands.command(
    "history",
    names=(("历史", "聊天记录"), ("history", "timeline")),
    examples=("历史 华星科技", "history 华星科技"),
    summary=N_("What happened with a customer"),
)
def history(
    turn: command.Turn, customer: customers.Customer, after: str | None = None
) -> command.Shown:
    """The last words on any channel, notes, deals and tasks, newest first; “more” goes on."""
    _ = turn.say
    place = _place(after) if after else None
    found = timeline.page(
        turn.session, turn.rep, customer.id, after=place, limit=ENTRIES + 1, sorts=STORY
    )
    head = f"{customer.name} #{customer.id}"
    if not found:
        return command.Shown(lines=(head, _("Nothing yet.")), customer=customer)
    if len(found) <= ENTRIES:
        return command.Shown(lines=(head, *_lines(turn, found)), customer=customer)
    shown = found[: ENTRIES - 1]
    return command.Shown(
        lines=(head, *_lines(turn, shown), _("Send “more” for the rest")),
        customer=customer,
        picks=command.Ask("", kind="list"),
        more={"customer": f"#{customer.id}", "after": _written(shown[-1].place)},
    )


def latest(turn: command.Turn, customer: customers.Customer) -> list[str]:
    """The line of what was said or noted last, if anything was."""
    found = timeline.page(turn.session, turn.rep, customer.id, limit=1, sorts=WORDS)
    return _lines(turn, found)


def _written(place: timeline.Place) -> str:
    at, sort, number = place
    return f"{at.isoformat()} {sort} {number}"


def _place(written: str) -> timeline.Place:
    at, sort, number = written.split(" ")
    return datetime.fromisoformat(at), int(sort), int(number)


def _lines(turn: command.Turn, entries: Sequence[timeline.Entry]) -> list[str]:
    return [f"{_at(turn, entry.at)} {_text(turn, entry)}" for entry in entries]


def _at(turn: command.Turn, at: datetime) -> str:
    return wording.brief(at, turn.now, turn.zone, turn.language)


def _text(turn: command.Turn, entry: timeline.Entry) -> str:
    record = entry.record
    if isinstance(record, log.Message):
        return _said(turn, record, entry.delivery)
    if isinstance(record, activities.Activity):
        noted = notes.KINDS.get(record.kind, notes.KINDS["note"])
        return replies.one_line(turn.say(noted, text=record.text), SHOWN)
    if isinstance(record, deals.Deal):
        return " · ".join([f"D{record.id}", *replies.deal_facts(turn, record)])
    if isinstance(record, tasks.Task):
        return f"{TASK_MARKS[record.status]} T{record.id} {replies.one_line(record.text, SHOWN)}"
    raise TypeError(f"no line for {record!r}")


def _said(turn: command.Turn, entry: log.Message, delivery: outbox.Delivery | None) -> str:
    _ = turn.say
    own = entry.author_kind == "rep" and entry.author_id == turn.rep.id
    who = _("me") if own else entry.author_name or _("bot")
    text = f"{who}: {replies.one_line(entry.text, SHOWN)}"
    if delivery is None or delivery.state not in ("failed", "unknown"):
        return text
    return (
        f"{text} ({_('called back') if delivery.error == outbox.RECALLED else _('not delivered')})"
    )
