"""Whose customers are: giving one to a colleague, taking one over, handing everything over."""

from __future__ import annotations

import datetime as dt

from bot import command, departures, finding, notices, phrases, refusals, replies
from bot.phrases import N_
from conversations import watching
from crm_core import customers, errors, handover, owning, people, scope, sharing

commands = command.Commands("customers")
LEADERS = frozenset({people.Role.MANAGER, people.Role.ADMIN})
POOL = frozenset({f"@{handover.Heir.POOL}", "公海", "pool", "the pool"})
RULES = frozenset({f"@{handover.Heir.RULE}", "规则", "按规则", "rule", "rules", "the rules"})
WATCHING, LONGEST = dt.timedelta(days=1), dt.timedelta(days=30)


@commands.command(
    "handover",
    names=(("交接", "接管"), ("handover", "take over")),
    examples=("接管 远航电子", "take over 远航电子"),
    summary=N_("Hand over all that somebody looks after, or take one customer over"),
    risk=command.Risk.CONFIRM,
    roles=LEADERS,
)
def hand_over(
    turn: command.Turn, *, from_: str = "", to: str = "", customer: str = ""
) -> command.Done:
    """Everything of one person goes to another one, to whom the rules say, or into the pool."""
    if customer:
        return _take_over(turn, customer)
    _ = turn.say
    leaver = _person(turn, from_)
    if not scope.covers(turn.session, turn.rep, leaver.id):
        raise errors.OutOfScope("rep.unknown", name=from_, record="reps", record_id=leaver.id)
    held = handover.held(turn.session, leaver.id)
    heir, person = _heir(turn, to)
    turn.slots.update({"from": leaver.name, "to": person.name if person else f"@{heir}"})
    handover.begin(turn.session, leaver, heir, person, turn.rep.id, turn.now)
    whom = person.name if person else _(departures.TO[heir])
    what = departures.parts(_, held) or _("nothing is left")
    return command.Done(
        facts=(f"{leaver.name} → {whom}", what),
        notes=(_("I tell you when all of it has gone over"),),
    )


def _person(turn: command.Turn, name: str) -> people.Rep:
    """Somebody of ours by name, also one who has left."""
    wanted = name.strip().lstrip("@")
    everyone = people.everyone(turn.session)
    found = [each for each in everyone if each.name == wanted]
    found = found or [
        each
        for each in everyone
        if wanted[:1] in "小老" and each.name.startswith(wanted[1:] or "-")
    ]
    if len(found) != 1:
        raise errors.NotFound("rep.unknown", name=name)
    return found[0]


def _heir(turn: command.Turn, to: str) -> tuple[handover.Heir, people.Rep | None]:
    if not to:
        raise errors.Refusal("slot.missing", slot="to")
    if to.casefold() in POOL:
        return handover.Heir.POOL, None
    if to.casefold() in RULES:
        return handover.Heir.RULE, None
    return handover.Heir.REP, _person(turn, to)


def _take_over(turn: command.Turn, written: str) -> command.Done:
    found = finding.customer(turn, written)
    turn.slots["customer"] = f"#{found.id}"
    if found.owner_id == turn.rep.id:
        return command.Done(customer=found, facts=(turn.say("is yours already"),))
    _permit(turn, found)
    before = owning.give(turn.session, found, turn.rep, turn.now)
    _tell_former(turn, found, before, turn.rep)
    return command.Done(customer=found, facts=(turn.say("is yours now"), f"#{found.id}"))


def _permit(turn: command.Turn, customer: customers.Customer) -> None:
    if not owning.may_give(turn.session, turn.rep, customer):
        raise refusals.not_permitted(turn, LEADERS)


def _tell_former(
    turn: command.Turn, customer: customers.Customer, before: int | None, to: people.Rep | None
) -> None:
    def words(_: phrases.Say) -> str:
        whose = to.name if to else _("the pool")
        return _(
            "{name} #{id} has gone from you to {whose} ({by})",
            name=customer.name,
            id=customer.id,
            whose=whose,
            by=turn.rep.name,
        )

    if before not in (None, turn.rep.id):
        notices.tell(turn.session, before, words, turn.setting, turn.now)


@commands.command(
    "assign",
    names=(("转", "分配", "指派"), ("assign",)),
    examples=("转 华星科技 给 李强", "assign 华星科技 to 李强"),
    summary=N_("Give a customer to a colleague"),
    risk=command.Risk.CONFIRM,
)
def assign(
    turn: command.Turn,
    customer: customers.Customer,
    owner: people.Rep,
    *,
    collaborate: bool = False,
) -> command.Done:
    """Make a colleague its owner, with what is open on it, or (collaborate) let one work along."""
    _ = turn.say
    _permit(turn, customer)
    turn.slots["owner"] = owner.name
    if collaborate:
        sharing.share(turn.session, customer, owner.id, turn.rep.id, turn.now)
        return command.Done(customer=customer, facts=(_("shared with {name}", name=owner.name),))
    if customer.owner_id == owner.id:
        return command.Done(customer=customer, facts=(_("{name} has it already", name=owner.name),))
    old = finding.whose(turn, customer)
    before = owning.give(turn.session, customer, owner, turn.now)
    _tell_former(turn, customer, before, owner)
    if owner.id != turn.rep.id:
        notices.tell(turn.session, owner.id, _given(turn, customer), turn.setting, turn.now)
    return command.Done(customer=customer, facts=(f"#{customer.id}", f"{old} → {owner.name}"))


def _given(turn: command.Turn, customer: customers.Customer) -> notices.Words:
    def words(_: phrases.Say) -> str:
        name = replies.one_line(customer.name, 30)
        return _(
            "✓ {name} #{id} is yours now ({manager})",
            name=name,
            id=customer.id,
            manager=turn.rep.name,
        )

    return words


@commands.command(
    "release",
    names=(("放回公海", "释放"), ("release",)),
    examples=("华星科技 放回公海", "release 华星科技"),
    summary=N_("Put a customer back into the pool"),
    risk=command.Risk.CONFIRM,
)
def release(turn: command.Turn, customer: customers.Customer) -> command.Done:
    """Let whoever claims it have it."""
    _ = turn.say
    if customer.owner_id is None:
        return command.Done(customer=customer, facts=(_("is in the pool already"),))
    _permit(turn, customer)
    before = owning.give(turn.session, customer, None, turn.now)
    _tell_former(turn, customer, before, None)
    return command.Done(customer=customer, facts=(_("back in the pool"), f"#{customer.id}"))


@commands.command(
    "watch",
    names=(("关注",), ("watch",)),
    examples=("关注 华星科技", "watch 华星科技"),
    summary=N_("Hear for a day what a customer of others writes"),
    roles=LEADERS,
)
def watch(
    turn: command.Turn,
    customer: customers.Customer,
    *,
    at: dt.datetime | None = None,
    action: str = "",
) -> command.Shown:
    """Get copies of the notices of one customer until then (30 days at most), or no more."""
    _ = turn.say
    if action == "stop":
        watching.end(turn.session, turn.rep.id, customer.id)
        line = _("You do not watch {name} #{id} any more", name=customer.name, id=customer.id)
        return command.Shown(lines=(line,), customer=customer)
    end = min(at or turn.now + WATCHING, turn.now + LONGEST)
    watching.watch(turn.session, turn.rep.id, customer.id, end)
    when = f"{end.astimezone(turn.zone):%m-%d %H:%M}"
    line = _(
        "You hear what {name} #{id} writes until {when}",
        name=customer.name,
        id=customer.id,
        when=when,
    )
    stop = _("Send “unwatch #{id}” to stop", id=customer.id)
    return command.Shown(lines=(line, stop), customer=customer)
