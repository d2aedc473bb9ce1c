"""Staying in a customer's conversation, and what colleagues say to each other about one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from bot import chats, command, finding, notices, phrases, replies
from bot.phrases import N_
from conversations import log, notes, threads, watching
from crm_core import activities, customers, errors, people

commands = command.Commands("replies")
QUOTED = 60
WATCH = timedelta(minutes=30)


@commands.command(
    "attend",
    names=(("接入", "接待", "退出"), ("attend",)),
    examples=("接入 华星科技", "attend 华星科技"),
    summary=N_("Stay in a customer's conversation: every line goes there until you leave"),
)
def attend(turn: command.Turn, *, customer: str = "", action: str = "") -> command.Shown:
    """Every further line goes to that customer, until 退出 or five idle minutes."""
    _ = turn.say
    attended = chats.attended(turn.chat)
    if action == "leave":
        if attended is None:
            return command.Shown(lines=(_("You are in no conversation."),))
        chats.leave(turn.chat)
        left = turn.session.get_one(customers.Customer, attended.customer_id)
        line = _("Left the conversation with {name} #{id}", name=left.name, id=left.id)
        return command.Shown(lines=(line,), customer=left)
    found = finding.customer(turn, customer)
    turn.slots["customer"] = f"#{found.id}"
    talk = _newest(turn, found)
    if talk is None:
        raise errors.Refusal("reply.nobody-reachable", name=found.name)
    chats.attend(turn.chat, found.id, talk.id, turn.now)
    watching.watch(turn.session, turn.rep.id, found.id, turn.now + WATCH)
    contact = turn.session.get(customers.Contact, talk.contact_id or 0)
    who = replies.person(contact.name if contact else "", found.name)
    lines = [
        _("You now talk to {who} #{id}: every line goes there", who=who, id=found.id),
        *_latest(turn, talk),
        _("Send “leave” to end it; it ends by itself after 5 minutes. /… is a command"),
    ]
    return command.Shown(lines=tuple(lines), customer=found)


def _newest(turn: command.Turn, customer: customers.Customer) -> threads.Conversation | None:
    known = threads.of_customer(turn.session, customer.id)
    waiting = [each for each in known if each.waiting_since is not None]
    still = [each for each in known if each.status != "closed"]
    return next(iter([*waiting, *still, *known]), None)


def _latest(turn: command.Turn, talk: threads.Conversation) -> Sequence[str]:
    entries = log.of_conversation(turn.session, talk.id, limit=2)
    return [
        f"{entry.author_name or '–'}: {replies.one_line(entry.text, QUOTED)}"
        for entry in reversed(entries)
    ]


@commands.command(
    "remark",
    names=(("内部备注", "悄悄话"), ("internal",)),
    examples=("内部备注 华星科技 要账期，@李强 看一下", "internal 华星科技 asks for credit, @李强"),
    summary=N_("A note among colleagues; the customer never sees it"),
    risk=command.Risk.WRITE,
)
def remark(
    turn: command.Turn, text: str, *, customer: str = "", mentions: list[str] | None = None
) -> command.Done:
    """Write into the log for colleagues only; whoever is named with @ is told."""
    _ = turn.say
    found = _about(turn, customer)
    turn.slots["customer"] = f"#{found.id}"
    talk = _newest(turn, found)
    if talk is None:
        activities.log(turn.session, found, text, now=turn.now, rep_id=turn.rep.id)
    else:
        notes.add(turn.session, talk, turn.rep, text.strip(), turn.now)
    told = [
        each.name for each in _named(turn, text, mentions or []) if _tell(turn, each, found, text)
    ]
    facts = [_("internal: {text}", text=replies.one_line(text, QUOTED))]
    lines = [_("told: {names}", names=" ".join(f"@{name}" for name in told))] if told else []
    return command.Done(customer=found, facts=tuple(facts), notes=tuple(lines))


def _about(turn: command.Turn, written: str) -> customers.Customer:
    """The customer; whoever was mentioned there may answer, whoever's the customer is."""
    number = re.fullmatch(r"#?(\d{1,9})", written)
    if number and notes.mentioned(turn.session, turn.rep, int(number.group(1)), turn.now):
        return turn.session.get_one(customers.Customer, int(number.group(1)))
    return finding.customer(turn, written)


def _named(turn: command.Turn, text: str, mentions: Sequence[str]) -> Sequence[people.Rep]:
    """Colleagues that the words name with @, whoever still works here."""
    said = [each if "@" in each else f"@{each}" for each in mentions]
    meant = notes.named(people.everyone(turn.session), text, *said)
    return [each for each in meant if each.active and each.id != turn.rep.id]


def _tell(turn: command.Turn, rep: people.Rep, customer: customers.Customer, text: str) -> bool:
    def words(_: phrases.Say) -> str:
        first = _(
            "[internal] {author} on {name} #{id}: {text}",
            author=turn.rep.name,
            name=customer.name,
            id=customer.id,
            text=replies.shortened(text, notices.QUOTED),
        )
        return "\n".join([first, _("Send “internal #{id} …” to answer", id=customer.id)])

    return notices.tell(turn.session, rep.id, words, turn.setting, turn.now)
