"""One person, one customer: merging two that are the same, and taking that apart again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot import command, finding, lookalikes, replies
from bot.phrases import N_
from conversations import splitting, threads
from crm_core import activities, customers, deals, errors, homes, identity, merging, moving, tasks

commands = command.Commands("customers")
SHOWN = 4
TITLES = {
    threads.Conversation.__tablename__: N_("conversations {count}"),
    customers.Contact.__tablename__: N_("contacts {count}"),
    deals.Deal.__tablename__: N_("deals {count}"),
    tasks.Task.__tablename__: N_("tasks {count}"),
    activities.Activity.__tablename__: N_("notes {count}"),
}
FIELDS = {
    "owner_id": N_("owner"),
    "level": N_("level"),
    "source": N_("source"),
    "industry": N_("industry"),
    "status": N_("status"),
    "tags": N_("tags"),
}
_NUMBER = re.compile(r"#?(\d{1,9})")


@commands.command(
    "merge",
    names=(("合并",), ("merge",)),
    examples=("合并 宏达物流 到 宏达机械", "merge 宏达物流 into 宏达机械"),
    summary=N_("Merge two customers that are one"),
    risk=command.Risk.CONFIRM,
)
def merge(turn: command.Turn, from_: str, into: str) -> command.Done:
    """Let the first customer go into the second with all that hangs on it; can be taken apart."""
    _ = turn.say
    loser, survivor = finding.customer(turn, from_), finding.customer(turn, into)
    turn.slots.update({"from": f"#{loser.id}", "into": f"#{survivor.id}"})
    what = _held(turn, loser)
    done = identity.accept(turn.session, turn.rep, loser.id, survivor.id, turn.now)
    took = [_(FIELDS[field]) for field in done.taken if field in FIELDS]
    notes = [_("goes along: {what}", what=what)] if what else []
    notes += [_("taken over: {fields}", fields=" · ".join(took))] if took else []
    first = f"{loser.name} #{loser.id} → {survivor.name} #{survivor.id}"
    return command.Done(
        customer=survivor,
        named=False,
        facts=(first,),
        notes=tuple(notes),
        undo=_("Send “undo” or “unmerge #{id}” to take them apart", id=loser.id),
    )


def _held(turn: command.Turn, loser: customers.Customer) -> str:
    """What hangs on a customer, in words."""
    held = moving.held(turn.session, homes.Kind.CUSTOMER, loser.id)
    return " · ".join(
        turn.say(title, count=held[table]) for table, title in TITLES.items() if held.get(table)
    )


@commands.command(
    "unmerge",
    names=(("取消合并", "拆分"), ("unmerge",)),
    examples=("取消合并 宏达机械", "unmerge 宏达机械"),
    summary=N_("Take two merged customers apart"),
    risk=command.Risk.CONFIRM,
)
def unmerge(turn: command.Turn, customer: str = "") -> command.Done:
    """Give a merged customer back what came from it; what was written since stays where it is."""
    _ = turn.say
    standing = _standing(turn, customer)
    turn.slots["customer"] = f"#{standing.loser_id}"
    apart = merging.unmerge(turn.session, standing, turn.now)
    what = _held(turn, apart.loser)
    notes = [_("goes back: {what}", what=what)] if what else []
    for each in apart.differences:
        field = _(FIELDS.get(each.field, each.field))
        notes.append(
            _("{field} was changed since and stays: {now}", field=field, now=_value(turn, each))
        )
    first = f"{apart.loser.name} #{apart.loser.id} | {apart.survivor.name} #{apart.survivor.id}"
    return command.Done(customer=apart.survivor, named=False, facts=(first,), notes=tuple(notes))


def _value(turn: command.Turn, difference: merging.Difference) -> str:
    if difference.field == "owner_id":
        return finding.colleague(turn, difference.now)
    return replies.one_line(str(difference.now), SHOWN * 10)


def _standing(turn: command.Turn, written: str) -> merging.Merge:
    """The merge that is meant: by the number of the one that was merged, or by the one it is in."""
    number = _NUMBER.fullmatch(written)
    if number:
        merged = merging.standing(turn.session, homes.Kind.CUSTOMER, int(number.group(1)))
        if merged is not None:
            # Whoever may not see what it has become may not take it apart.
            customers.get(turn.session, turn.rep, merged.loser_id)
            return merged
    survivor = finding.customer(turn, written)
    found = merging.into(turn.session, homes.Kind.CUSTOMER, survivor.id)
    if not found:
        raise errors.Refusal("merge.not-merged", number=survivor.id, name=survivor.name)
    if len(found) == 1:
        return found[0]
    raise command.Ask(
        turn.say("Which one shall leave {name}?", name=survivor.name), _losers(turn, found)
    )


def _losers(turn: command.Turn, found: Sequence[merging.Merge]) -> list[command.Option]:
    losers = [turn.session.get_one(customers.Customer, each.loser_id) for each in found]
    return [
        command.Option(label=f"{each.name} #{each.id}", patch={"customer": f"#{each.id}"})
        for each in losers[: finding.CANDIDATES]
    ]


@commands.command(
    "different",
    names=(("不是同一个",), ("not same",)),
    examples=("不是同一个 宏达物流 宏达机械", "not same 宏达物流 宏达机械"),
    summary=N_("Two look-alikes are not the same"),
    risk=command.Risk.WRITE,
)
def different(turn: command.Turn, from_: str, into: str) -> command.Done:
    """Remember that two customers are two, so that nobody is asked about them again."""
    one, other = finding.customer(turn, from_), finding.customer(turn, into)
    identity.settle(turn.session, turn.rep, (one.id, other.id), "refused", turn.now)
    return command.Done(
        named=False,
        facts=(f"{one.name} #{one.id} ≠ {other.name} #{other.id}",),
        notes=(turn.say("I will not ask about these two again"),),
    )


@commands.command(
    "duplicates",
    names=(("疑似重复", "重复客户"), ("duplicates",)),
    examples=("疑似重复", "duplicates"),
    summary=N_("Customers that may be the same"),
)
def duplicates(turn: command.Turn) -> command.Shown:
    """Look-alikes nobody has decided about yet, the newest first."""
    _ = turn.say
    found = identity.open_pairs(turn.session, turn.rep, SHOWN)
    if not found:
        return command.Shown(lines=(_("No look-alikes wait for a decision."),))
    labels = [lookalikes.label(turn.session, turn.say, each) for each in found]
    picks = [
        command.Option(label=label, then=lookalikes.question(turn.session, turn.say, each))
        for label, each in zip(labels, found, strict=True)
    ]
    head = _("May be the same; send a number to decide:")
    return command.Shown(
        lines=(head, *(f"{place} {label}" for place, label in enumerate(labels, 1))),
        picks=command.Ask(head, picks, kind="list"),
    )


@commands.command(
    "move_talk",
    names=(("移会话",), ("move talk",)),
    examples=("移会话 华星科技 到 宏达机械", "move talk 华星科技 to 宏达机械"),
    summary=N_("Put talk down to another customer"),
    risk=command.Risk.CONFIRM,
)
def move_talk(turn: command.Turn, from_: str, into: str, count: int | None = None) -> command.Done:
    """Move a customer's latest conversation, or its last messages, to another customer."""
    _ = turn.say
    source, target = finding.customer(turn, from_), finding.customer(turn, into)
    turn.slots.update({"from": f"#{source.id}", "into": f"#{target.id}"})
    if source.id == target.id:
        raise errors.Refusal("merge.same", number=target.id)
    known = threads.of_customer(turn.session, source.id)
    if not known:
        raise errors.Refusal("talk.none", name=source.name)
    talk = known[0]
    person = _whom(turn, talk, target)
    first = splitting.last(turn.session, talk, count) if count else None
    if first is None or splitting.is_first(turn.session, first):
        splitting.move(turn.session, talk, person)
        what = _("the whole conversation")
    else:
        splitting.split(turn.session, talk, first, person, turn.now)
        what = _("the last {count} messages", count=count)
    words = replies.one_line(first.text, SHOWN * 10) if first is not None else ""
    return command.Done(
        customer=target,
        named=False,
        facts=(f"{source.name} #{source.id} → {replies.person(person.name, target.name)}", what),
        notes=tuple(filter(None, (words, _("What comes from there next goes along")))),
    )


def _whom(
    turn: command.Turn, talk: threads.Conversation, target: customers.Customer
) -> customers.Contact:
    """The contact the words are from: the only one, or a new one of the same name."""
    known = target.contacts
    speaker = turn.session.get(customers.Contact, talk.contact_id or 0)
    name = speaker.name if speaker else target.name
    same = [each for each in known if each.name == name]
    if len(same or known) == 1:
        return (same or known)[0]
    return customers.add_contact(turn.session, target, name, now=turn.now)
