"""Taking back what was just done."""

from __future__ import annotations

from bot import command, replies
from bot.phrases import N_
from conversations import answers
from crm_core import audit, customers, deals, errors

commands = command.Commands("settings")
SHOWN = 60


@commands.command(
    "undo",
    names=(("撤销", "改错了"), ("undo", "oops")),
    examples=("撤销", "undo"),
    summary=N_("Take back the last change"),
    risk=command.Risk.WRITE,
)
def undo(turn: command.Turn) -> command.Done:
    """Put back the rep's last change, if nobody has changed it since; again for the one before."""
    last = audit.latest_undoable(turn.session, turn.rep.id, turn.now)
    if last is None:
        raise errors.Refusal("undo.nothing")
    changed = [(change.record, change.record_id) for change in last.changes]
    audit.undo(
        turn.session,
        last,
        rep_id=turn.rep.id,
        actor=f"rep:{turn.rep.id}",
        cause=f"message:{turn.message.id}",
        now=turn.now,
        source=turn.source,
    )
    turn.chat.last_write = None
    _ = turn.say
    recalled = any(record == answers.RECORD for record, _number in changed)
    what = replies.one_line(last.summary, SHOWN)
    text = _("called back {what}", what=what) if recalled else _("undone: {what}", what=what)
    customer = turn.session.get(customers.Customer, last.customer_id or 0)
    return command.Done(
        customer=customer,
        named=False,
        facts=(text,),
        notes=_now(turn, changed, customer),
        undo="",
        elsewhere=True,
    )


def _now(
    turn: command.Turn, changed: list[tuple[str, int]], customer: customers.Customer | None
) -> tuple[str, ...]:
    """How the deals concerned stand now."""
    numbers = dict.fromkeys(number for record, number in changed if record == "deals")
    known = [turn.session.get(deals.Deal, number) for number in numbers]
    name = customer.name if customer else ""
    return tuple(
        turn.say("now: {what}", what=" · ".join([name, *replies.deal_facts(turn, deal)]))
        for deal in known
        if deal is not None
    )
