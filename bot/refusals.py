"""Why something is not done, in the rep's language: one sentence for each key of a `Refusal`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from bot import command, replies
from bot.phrases import N_  # the one name that tools look for
from crm_core import customers, denials, errors, people, pipelines

SENTENCES = {
    "customer.unknown": N_("I know no customer {name} among yours and in the pool."),
    "customer.name-empty": N_("A customer needs a name."),
    "customer.name-long": N_("That name is too long (at most {limit} characters)."),
    "customer.already-owned": N_("{name} is taken: {owner} looks after it."),
    "customer.alias-known": N_("{name} is already known as {alias}."),
    "contact.unknown": N_("I know no contact {name}."),
    "merge.same": N_("Both are one already: #{number}."),
    "merge.not-yours": N_("{name} is only shared with you; its owner or a manager can merge it."),
    "merge.meanwhile": N_("Somebody else merged one of these at this moment. Please look again."),
    "merge.not-merged": N_("#{number} is not merged with anybody."),
    "merge.other-customer": N_("{name} is a contact of another customer: merge the customers."),
    "talk.none": N_("Nothing was said with {name} yet."),
    "talk.same": N_("That talk is there already."),
    "talk.not-in": N_("That message is not in that conversation."),
    "talk.other-customer": N_("Only conversations of one customer can become one."),
    "talk.other-account": N_("Only conversations on one account can become one."),
    "check.too-often": N_("Enough look-ups for this hour ({limit})."),
    "share.not-yours": N_("{name} is only shared with you; its owner or a manager can end that."),
    "request.yours": N_("{name} is yours already."),
    "request.pool": N_("{name} is in the pool: send “claim #{number}”."),
    "request.open": N_("You asked for #{number} already; your manager has not decided yet."),
    "request.unknown": N_("No request R{number} waits for you."),
    "request.decided": N_("R{number} has been decided already ({state})."),
    "deal.unknown": N_("I know no deal {name}."),
    "deal.none-open": N_("{name} has no open deal."),
    "deal.title-long": N_("That title is too long (at most {limit} characters)."),
    "deal.amount-invalid": N_("{amount} can not be the amount of a deal."),
    "deal.no-amount": N_("The deal has no amount yet, so there is nothing to change it by."),
    "deal.already-won": N_("{title} is won already."),
    "deal.already-lost": N_("{title} is lost already."),
    "stage.unknown": N_("There is no stage “{key}”. There are: {known}."),
    "stage.no-neighbour": N_("{title} can not go further in that direction."),
    "note.empty": N_("There is nothing to write down."),
    "note.daily-not-built": N_("Daily reports can not be written here yet."),
    "task.unknown": N_("I know no task {name} of yours."),
    "task.empty": N_("A task needs words."),
    "task.none": N_("You have no open tasks."),
    "task.not-open": N_("“{text}” is no open task any more."),
    "task.for-others": N_("I can not hand tasks to colleagues yet, only remind you yourself."),
    "list.no-such-number": N_("There is no number {index}; the list has {count}."),
    "rep.unknown": N_("I know no colleague {name}."),
    "address.invalid": N_("“{value}” is no {kind} I can use."),
    "address.taken": N_("{value} is known already: {holder}."),
    "reply.nobody-reachable": N_("{name} has not written yet on any channel I could answer on."),
    "reply.window-closed": N_("Not sent: the time to answer {name} on {channel} is over."),
    "reply.already-sent": N_("Too late to take it back: it has gone out."),
    "undo.nothing": N_("There is nothing to undo (ten changes back, 24 hours at most)."),
    "undo.in-use": N_("I can not undo that: something newer depends on it."),
    "field.unknown": N_("That field can not be changed in chat yet."),
    "field.too-long": N_("That is too long (at most {limit} characters)."),
    "tag.none": N_("Which tag? For example +VIP or -cold."),
    "setting.bound-already": N_("You are bound already, {name}."),
    "setting.not-built": N_("Digests can not be set yet."),
    "presence.hours-invalid": N_("I do not understand these hours. Try: mute 22-8, mute 2 hours."),
    "presence.until-invalid": N_("That is past, or more than a year from now."),
    "presence.own-deputy": N_("You can not be your own deputy."),
    "rep.disabled": N_("The access of {name} has been ended."),
    "handover.to-self": N_("{name} can not take over from {name}."),
    "handover.running": N_("A hand-over of {name} is going on already."),
    "setting.zone-unknown": N_("I know no time zone “{name}”. Try Asia/Shanghai or Europe/Berlin."),
    "setting.language-unknown": N_("I speak Chinese and English."),
    "slot.missing": N_("Something is missing: {slot}."),
    "command.denied": N_("You may not do that. {who} may: ask there."),
    "command.denied-to-all": N_("Only a manager can do that."),
    "phone.reveal-limit": N_("No more numbers for now: {limit} an hour at most."),
}


def answer(turn: command.Turn, refusal: errors.Refusal) -> str:
    """What the rep is told, after the refused work was rolled back; a denial is written down."""
    denials.note(turn.session, turn.rep, refusal, where(turn))
    return sentence(turn, refusal)


def where(turn: command.Turn) -> denials.Where:
    """When, by which command, and from where something was asked for."""
    cause = f"message:{turn.message.id}"
    return denials.Where(now=turn.now, verb=turn.verb, cause=cause, source=turn.source)


def not_permitted(turn: command.Turn, roles: frozenset[people.Role]) -> errors.Denied:
    """The refusal of something only these roles may do; it names some who have one."""
    able = [person.name for person in people.holding(turn.session, turn.rep, roles)]
    if not able:
        return errors.Denied("command.denied-to-all")
    return errors.Denied("command.denied", who=("、" if turn.language == "zh" else ", ").join(able))


def sentence(turn: command.Turn, refusal: errors.Refusal) -> str:
    """The refusal in words a rep can act on."""
    _ = turn.say
    if refusal.key == "undo.changed-since":
        return _changed_since(turn, refusal.details)
    if refusal.key not in SENTENCES:
        return _("That can not be done ({reason}).", reason=refusal.key)
    details = {name: _shown(turn, name, value) for name, value in refusal.details.items()}
    if refusal.key == "address.taken":
        details["holder"] = _holder(turn, refusal.details)
    if refusal.key == "address.invalid":
        kinds = {"phone": _("phone number"), "email": _("e-mail address")}
        details["kind"] = kinds.get(str(refusal.details["kind"]), _("address"))
    text = SENTENCES[refusal.key]
    return _(text, **details) if details else _(text)


def _shown(turn: command.Turn, name: str, value: Any) -> str:
    if name == "known":
        return "、".join(value) if turn.language == "zh" else ", ".join(value)
    return str(value)


def _holder(turn: command.Turn, details: dict[str, Any]) -> str:
    """Who has an address: no more than a name the rep may know (查重)."""
    _ = turn.say
    if details.get("rep_id"):
        return _("a colleague's own")
    contact = turn.session.get(customers.Contact, details.get("contact_id") or 0)
    customer = turn.session.get(customers.Customer, (contact and contact.customer_id) or 0)
    if contact is None or customer is None:
        return _("somebody who has written to us")
    if _may_see(turn, customer):
        return f"{replies.person(contact.name, customer.name)} #{customer.id}"
    owner = turn.session.get(people.Rep, customer.owner_id)
    return _("a customer of {owner}", owner=owner.name if owner else "?")


def _may_see(turn: command.Turn, customer: customers.Customer) -> bool:
    row = customers.Customer
    seen = sa.select(row.id).where(row.id == customer.id, customers.visible(turn.rep))
    return turn.session.scalar(seen) is not None


def _changed_since(turn: command.Turn, details: dict[str, Any]) -> str:
    """What stands in the way of an undo: the field, what it was to be, and what it is now."""
    _ = turn.say
    if not details["field"]:
        return _("I can not undo that: the record is gone.")
    fields = {
        "stage": _("stage"),
        "amount": _("amount"),
        "close_date": _("closing day"),
        "status": _("status"),
        "owner_id": _("owner"),
        "due_at": _("due time"),
        "name": _("name"),
    }
    return _(
        "Not undone: the {field} was changed since, from {expected} to {found}.",
        field=fields.get(details["field"], details["field"]),
        expected=_value(turn, details["field"], details["expected"]),
        found=_value(turn, details["field"], details["found"]),
    )


def _value(turn: command.Turn, field: str, value: Any) -> str:
    if value is None:
        return "–"
    try:
        return _worded(turn, field, value)
    except (errors.NotFound, InvalidOperation, ValueError):
        return str(value)


def _worded(turn: command.Turn, field: str, value: Any) -> str:
    if field == "stage":
        return replies.stage(turn, pipelines.DEFAULT, value)
    if field == "amount":
        return replies.money(turn, Decimal(value), "CNY")
    if field == "close_date":
        return replies.day(turn, value)
    if field == "owner_id":
        owner = turn.session.get(people.Rep, value)
        return owner.name if owner else "–"
    return str(value)
