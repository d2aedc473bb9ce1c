"""Whose customer is it? Looking that up without seeing more, asking for it, and deciding."""

from __future__ import annotations

import re
from datetime import datetime

from bot import asking, command, finding, lookalikes, refusals, wording
from bot.phrases import N_
from crm_core import customers, errors, owning, people, sharing

commands = command.Commands("customers")
MANAGERS = frozenset({people.Role.MANAGER, people.Role.ADMIN})
_NUMBER = re.compile(r"#?(\d{1,9})")
_VERDICTS = {each.value: each for each in sharing.Verdict}


@commands.command(
    "check",
    names=(("查重", "撞单"), ("check",)),
    examples=("查重 远航电子", "check 远航电子"),
    summary=N_("Whether somebody looks after a customer already"),
)
def check(turn: command.Turn, customer: str = "", phone: str = "") -> command.Shown:
    """Only whose it is and since when; every look-up is written down, and they are limited."""
    _ = turn.say
    asked = (phone or customer).strip()
    if not asked:
        raise command.Ask(_("Which name or number?"), free="customer")
    number = _NUMBER.fullmatch(asked) if not phone else None
    if number:
        found = [sharing.held(turn.session, _of_number(turn, int(number.group(1))))]
    else:
        found = sharing.check(turn.session, turn.rep, asked, refusals.where(turn))
    if not found:
        nobody = _("{asked}: nobody has it yet.", asked=asked)
        return command.Shown(lines=(nobody, *_like(turn, asked)))
    return command.Shown(lines=tuple(_line(turn, asked, each) for each in found))


def _of_number(turn: command.Turn, number: int) -> customers.Customer:
    """The customer of that number, seen or not; looked up as by name."""
    sharing.allow(turn.session, turn.rep, turn.now)
    living = customers.living(turn.session, customers.Customer, number)
    found = turn.session.get(customers.Customer, living)
    if found is None:
        raise errors.NotFound("customer.unknown", name=f"#{number}")
    sharing.checked(turn.session, turn.rep, f"#{number}", found.id, refusals.where(turn))
    return found


def _line(turn: command.Turn, asked: str, held: sharing.Held) -> str:
    _ = turn.say
    customer = held.customer
    if held.owner is None:
        return _("{asked}: in the pool, send “claim #{id}”", asked=asked, id=customer.id)
    if held.owner.id == turn.rep.id:
        return _("{asked}: is yours, #{id}", asked=asked, id=customer.id)
    since = _day(turn, held.since)
    owner = held.owner.name
    said = [_("{asked}: {owner} looks after it since {day}", asked=asked, owner=owner, day=since)]
    if held.worked_at is not None:
        said.append(_("last contact {day}", day=_day(turn, held.worked_at)))
    said.append(_("send “request #{id}” to ask for it", id=customer.id))
    return " · ".join(said)


def _day(turn: command.Turn, moment: datetime) -> str:
    today = turn.now.astimezone(turn.zone).date()
    return wording.day(moment.astimezone(turn.zone).date(), today, turn.language)


def _like(turn: command.Turn, asked: str) -> list[str]:
    """Those of a like name that this rep may see anyway."""
    seen = lookalikes.of_name(turn, asked)
    return [turn.say("like {name} #{id}", name=each.name, id=each.id) for each in seen]


@commands.command(
    "request",
    names=(("申请",), ("request",)),
    examples=("申请 远航电子", "request 远航电子"),
    summary=N_("Ask the manager for a colleague's customer"),
    risk=command.Risk.WRITE,
)
def request(turn: command.Turn, customer: str) -> command.Done:
    """The manager of whoever looks after it may give it, share it, or refuse."""
    _ = turn.say
    found = _meant(turn, customer.strip())
    asked = sharing.request(turn.session, turn.rep, found, turn.now)
    told = asking.ask_managers(turn.session, asked, turn.setting, turn.now)
    who = ("、" if turn.language == "zh" else ", ").join(each.name for each in told)
    note = _("{who} will decide; I tell you here", who=who)
    turn.slots["customer"] = f"#{found.id}"
    return command.Done(
        named=False,
        facts=(_("asked for #{id}", id=found.id), f"R{asked.id}"),
        notes=(note if told else _("No manager can be reached now; it is kept"),),
    )


def _meant(turn: command.Turn, written: str) -> customers.Customer:
    """The one customer of this name or number, seen or not; counted like a look-up."""
    number = _NUMBER.fullmatch(written)
    if number:
        return _of_number(turn, int(number.group(1)))
    known = sharing.check(turn.session, turn.rep, written, refusals.where(turn))
    found = [each.customer for each in known]
    if len(found) == 1:
        return found[0]
    if not found:
        raise errors.NotFound("customer.unknown", name=written)
    options = [
        command.Option(
            label=f"#{each.id} ({finding.whose(turn, each)})", patch={"customer": f"#{each.id}"}
        )
        for each in found
    ]
    raise command.Ask(turn.say("Which “{written}”?", written=written), options)


@commands.command(
    "decide",
    names=(("批复",), ("decide",)),
    examples=("批复 R1 共享", "decide R1 share"),
    summary=N_("Give, share or refuse a customer somebody asked for"),
    risk=command.Risk.WRITE,
    roles=MANAGERS,
)
def decide(turn: command.Turn, request: int, verdict: str = "", reason: str = "") -> command.Done:
    """Decide about a request; whoever asked is told, and the owner when the customer goes."""
    if verdict not in _VERDICTS:
        raise asking.question(turn.session, turn.say, sharing.get(turn.session, turn.rep, request))
    chosen = _VERDICTS[verdict]
    owner_id = asking.owner_of(turn.session, request)
    done = sharing.decide(turn.session, turn.rep, request, chosen, reason.strip(), turn.now)
    customer = turn.session.get_one(customers.Customer, done.customer_id)
    asking.tell_all(turn, done, owner_id)
    applicant = finding.colleague(turn, done.rep_id)
    fact = asking.OUTCOMES[done.state]
    return command.Done(customer=customer, facts=(turn.say(fact, name=applicant), f"R{done.id}"))


@commands.command(
    "requests",
    names=(("申请列表", "待批"), ("requests",)),
    examples=("待批", "requests"),
    summary=N_("Requests that wait for your decision"),
    roles=MANAGERS,
)
def requests(turn: command.Turn) -> command.Shown:
    """Who asked for whose customer, the oldest first."""
    found = sharing.open_requests(turn.session, turn.rep, limit=4)
    if not found:
        return command.Shown(lines=(turn.say("Nobody waits for a decision of yours."),))
    labels = [asking.label(turn.session, turn.say, each) for each in found]
    picks = [
        command.Option(label=label, then=asking.question(turn.session, turn.say, each))
        for label, each in zip(labels, found, strict=True)
    ]
    head = turn.say("Asked for; send a number to decide:")
    return command.Shown(
        lines=(head, *(f"{place} {label}" for place, label in enumerate(labels, 1))),
        picks=command.Ask(head, picks, kind="list"),
    )


@commands.command(
    "unshare",
    names=(("取消共享",), ("unshare",)),
    examples=("取消共享 华星科技 李强", "unshare 华星科技 from 李强"),
    summary=N_("End a colleague's working along on a customer"),
    risk=command.Risk.WRITE,
)
def unshare(turn: command.Turn, customer: customers.Customer, owner: people.Rep) -> command.Done:
    """Let a colleague with whom a customer was shared see it no more."""
    _ = turn.say
    if owner.id != turn.rep.id and not owning.may_give(turn.session, turn.rep, customer):
        raise errors.Refusal("share.not-yours", name=customer.name)
    if not sharing.unshare(turn.session, customer, owner.id):
        fact = _("is not shared with {name}", name=owner.name)
    else:
        fact = _("no longer shared with {name}", name=owner.name)
    return command.Done(customer=customer, facts=(fact,))
