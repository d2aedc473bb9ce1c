"""Writing down what happened with a customer."""

from __future__ import annotations

import datetime as dt

from bot import command, finding, replies
from bot.language import dates
from bot.phrases import N_
from crm_core import activities, customers, errors

commands = command.Commands("customers")
KINDS = {
    "note": N_("note: {text}"),
    "call": N_("call: {text}"),
    "visit": N_("visit: {text}"),
    "meeting": N_("meeting: {text}"),
    "wechat": N_("WeChat: {text}"),
    "email": N_("e-mail: {text}"),
}
SHOWN = 60


@commands.command(
    "note",
    names=(("记", "备注", "跟进"), ("note", "log")),
    examples=("记 华星科技 对方要账期", "note 华星科技 they want payment terms"),
    summary=N_("Write a note on a customer"),
    risk=command.Risk.WRITE,
)
def note(
    turn: command.Turn,
    text: str,
    *,
    customer: str = "",
    contact: str = "",
    kind: str = "note",
    at: dt.datetime | None = None,
) -> command.Done:
    """Write an entry on the customer, word for word."""
    if kind == "daily":
        # A report about a day is about no customer in particular, and every entry is about one.
        raise errors.Refusal("note.daily-not-built")
    about = finding.customer(turn, customer or contact)
    turn.slots["customer"] = f"#{about.id}"
    happened = at if at is not None and at <= turn.now else None
    known = kind if kind in KINDS else "note"
    activities.log(
        turn.session, about, text, now=turn.now, rep_id=turn.rep.id, kind=known, at=happened
    )
    facts = [turn.say(KINDS[known], text=replies.one_line(text, SHOWN))]
    today = turn.now.astimezone(turn.zone).date()
    if happened is not None and happened.astimezone(turn.zone).date() != today:
        facts.insert(0, replies.day(turn, happened.astimezone(turn.zone).date()))
    return command.Done(customer=about, facts=tuple(facts), offer=_reminder(turn, about, text))


def _reminder(turn: command.Turn, about: customers.Customer, text: str) -> command.Ask | None:
    """A note is literal; a day to come in it is offered as a reminder, at most."""
    _, today = turn.say, turn.said_at.astimezone(turn.zone).date()
    for span in dates.find(text, turn.said_at, turn.zone):
        moment = span.moment
        if moment.at is None or moment.day is None or moment.day <= today or moment.end:
            continue
        task = {"at": moment.at, "text": text, "customer": f"#{about.id}"}
        words = text[span.start : span.end]
        return command.Ask(
            _("A reminder for “{day}”?", day=words),
            [command.Option(label=_("Set it"), clauses=(("task", task),))],
        )
    return None
