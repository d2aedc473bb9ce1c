"""Looking a customer up: the card, how to reach somebody."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot import command, finding, refusals, replies
from bot.commands import history
from bot.phrases import N_
from crm_core import addresses, customers, deals, denials, errors, masking, tasks

commands = command.Commands("customers")
ENTRIES = 5
DEALS = 2
CANDIDATES = 8
STATUS = {
    "lead": N_("lead"),
    "active": N_("active"),
    "won": N_("won"),
    "lost": N_("lost"),
    "dormant": N_("dormant"),
}
ADDRESS_KINDS = {
    "phone": N_("phone"),
    "email": N_("e-mail"),
    "wechat": N_("WeChat"),
    "wecom": N_("WeCom"),
}


@commands.command(
    "query",
    names=(("查", "看看"), ("find", "show")),
    examples=("查 华星科技", "find 华星科技"),
    summary=N_("Look a customer up"),
)
def query(
    turn: command.Turn,
    customer: str = "",
    deal: int | None = None,
    phone: str = "",
    phone_tail: str = "",
) -> command.Shown:
    """The customer's card: whose, deals, contact, last words, next task."""
    if deal is not None:
        found = deals.get(turn.session, turn.rep, deal)
        return _card(turn, customers.get(turn.session, turn.rep, found.customer_id), found)
    if phone or phone_tail:
        return _by_phone(turn, phone, phone_tail)
    return _card(turn, finding.customer(turn, customer))


def _by_phone(turn: command.Turn, phone: str, tail: str) -> command.Shown:
    visible = _reached(turn, phone, tail)
    if not visible:
        raise errors.NotFound("customer.unknown", name=phone or tail)
    if len(visible) == 1:
        return _card(turn, visible[0])
    options = [
        command.Option(
            label=f"{each.name} #{each.id}", clauses=(("query", {"customer": f"#{each.id}"}),)
        )
        for each in visible
    ]
    raise command.Ask(turn.say("Which “{written}”?", written=phone or tail), options)


def _reached(turn: command.Turn, phone: str, tail: str) -> Sequence[customers.Customer]:
    """Customers of that number, or of numbers that end so; of masked ones nothing more is told.

    Their last four digits are shown anyway; a longer part would tell what the stars hide.
    """
    row, at = customers.Customer, addresses.Address
    if tail:
        which = at.value.endswith(tail, autoescape=True)
    else:
        which = at.value == addresses.normalise("phone", phone)
    allowed = masking.open_to(turn.rep) if len(tail) > masking.TAIL else sa.true()
    query = (
        sa.select(row)
        .join(customers.Contact, customers.Contact.customer_id == row.id)
        .join(at, at.contact_id == customers.Contact.id)
        .where(at.kind == "phone", which, customers.visible(turn.rep), allowed)
        .order_by(row.id.desc())
        .limit(CANDIDATES)
    )
    return list(dict.fromkeys(turn.session.scalars(query)))


def _card(
    turn: command.Turn, customer: customers.Customer, deal: deals.Deal | None = None
) -> command.Shown:
    _ = turn.say
    marks = [finding.whose(turn, customer), _(STATUS[customer.status]), customer.industry]
    lines = [" · ".join([f"{customer.name} #{customer.id}", *(mark for mark in marks if mark)])]
    lines += [_deal_line(turn, each) for each in _shown_deals(turn, customer, deal)]
    lines += _people(turn, customer)
    lines += _latest(turn, customer)
    lines += _next_task(turn, customer)
    if customer.owner_id is None:
        turn.hint(_("Send “claim #{id}” to take it", id=customer.id))
    return command.Shown(lines=tuple(lines), customer=customer, deal=deal)


def _shown_deals(
    turn: command.Turn, customer: customers.Customer, deal: deals.Deal | None
) -> Sequence[deals.Deal]:
    if deal is not None:
        return [deal]
    return (deals.open_of(turn.session, customer.id) or deals.of(turn.session, customer.id))[:DEALS]


def _deal_line(turn: command.Turn, deal: deals.Deal) -> str:
    return " · ".join([f"D{deal.id}", *replies.deal_facts(turn, deal)])


def _people(turn: command.Turn, customer: customers.Customer) -> list[str]:
    if not customer.contacts:
        return []
    known = addresses.of_contacts(turn.session, [each.id for each in customer.contacts])
    first, masked = customer.contacts[0], _masked(turn, customer)
    reach = [
        _address(each, masked)
        for each in known
        if each.contact_id == first.id and each.kind in ("phone", "email")
    ]
    more = len(customer.contacts) - 1
    others = [turn.say("and {count} more", count=more)] if more else []
    return [
        turn.say(
            "contact {who}",
            who=" ".join([*filter(None, [first.name, first.title]), *reach, *others]),
        )
    ]


def _masked(turn: command.Turn, customer: customers.Customer) -> bool:
    return bool(masking.hides(turn.session, turn.rep, [customer]))


def _address(address: addresses.Address, masked: bool) -> str:
    """An address; a phone number is masked where somebody else looks after the customer."""
    if address.kind != "phone":
        return address.value
    return masking.phone(address.value) if masked else replies.phone(address.value)


def _latest(turn: command.Turn, customer: customers.Customer) -> list[str]:
    return [turn.say("latest {entry}", entry=line) for line in history.latest(turn, customer)]


def _next_task(turn: command.Turn, customer: customers.Customer) -> list[str]:
    mine = tasks.next_of(turn.session, turn.rep.id, customer.id)
    return [f"⏰ {finding.task_label(turn, mine)}"] if mine else []


@commands.command(
    "contact",
    names=(("电话", "联系方式", "联系人"), ("phone", "email")),
    examples=("华星科技 电话", "华星科技 phone"),
    summary=N_("How to reach a customer"),
)
def contact(turn: command.Turn, customer: customers.Customer, field: str = "") -> command.Shown:
    """Contacts and their addresses, of one kind when one was asked for."""
    _ = turn.say
    if field in ("industry", "source", "level"):
        value = getattr(customer, field) or _("not known")
        return command.Shown(lines=(f"{customer.name} · {value}",), customer=customer)
    people_here = customer.contacts[:ENTRIES]
    known = addresses.of_contacts(turn.session, [each.id for each in people_here])
    wanted = (field,) if field in ADDRESS_KINDS else tuple(ADDRESS_KINDS)
    masked, lines = _masked(turn, customer), []
    for person in people_here:
        reach = [
            f"{_(ADDRESS_KINDS[each.kind])} {_address(each, masked)}"
            for each in known
            if each.contact_id == person.id and each.kind in wanted
        ]
        if reach or field not in ADDRESS_KINDS:
            lines.append(" · ".join([f"{person.name} {person.title}".strip(), *reach]))
    if masked and any(each.kind == "phone" and each.kind in wanted for each in known):
        turn.hint(
            _("Send “show phone #{id}” for the whole number: it is put on record", id=customer.id)
        )
        if field == "phone":
            _write_down(turn, customer)
    head = f"{customer.name} #{customer.id}"
    return command.Shown(lines=(head, *(lines or [_("not known")])), customer=customer)


def _write_down(turn: command.Turn, customer: customers.Customer) -> None:
    """Somebody asked for a number and was shown stars."""
    target = (customers.Customer.__tablename__, customer.id)
    denials.deny(turn.session, turn.rep, target, refusals.where(turn), reason="phone.masked")


@commands.command(
    "reveal",
    names=(("看电话", "看号码"), ("show phone", "reveal phone")),
    examples=("看电话 东方印务", "show phone 东方印务"),
    summary=N_("The whole number of a customer that is not yours, on record"),
)
def reveal(turn: command.Turn, customer: customers.Customer) -> command.Shown:
    """The phone numbers of a customer in full; who looked at whose is kept."""
    _ = turn.say
    known = masking.reveal(turn.session, turn.rep, customer, refusals.where(turn))
    names = {each.id: each.name for each in customer.contacts}
    lines = [
        f"{names.get(each.contact_id or 0, '')} {replies.phone(each.value)}".strip()
        for each in known[:ENTRIES]
    ]
    if known and _masked(turn, customer):
        turn.hint(_("It is on record that you were shown this."))
    head = f"{customer.name} #{customer.id}"
    return command.Shown(lines=(head, *(lines or [_("not known")])), customer=customer)
