"""Answering customers from the chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot import chats, command, finding, replies, wording
from bot.phrases import N_
from conversations import answers, log, threads, windows
from crm_core import addresses, customers, errors, masking

commands = command.Commands("replies")
SHOWN = 40
WAITING = 4
LATEST = 20


@commands.command(
    "reply",
    names=(("回", "回复", "告诉"), ("reply", "tell")),
    examples=("回复 华星科技 好的，明天给您报价", "tell 华星科技 fine, the quote comes tomorrow"),
    summary=N_("Answer a customer"),
    risk=command.Risk.WRITE,
)
def reply(turn: command.Turn, text: str, customer: str = "") -> command.Done:
    """Send words to a customer on the channel it wrote on; they can be taken back for a moment."""
    _ = turn.say
    found = finding.customer(turn, customer) if customer else _who_waits(turn)
    turn.slots["customer"] = f"#{found.id}"
    attended = _attended(turn, found)
    conversation = attended or _conversation(turn, found)
    _check_window(turn, found, conversation)
    turn.must_confirm = turn.must_confirm or conversation.waiting_since is None
    answers.send(
        turn.session,
        conversation,
        turn.rep,
        text.strip(),
        now=turn.now,
        hold=timedelta(0) if attended else turn.setting.reply_hold,
    )
    if found.owner_id is None and not attended:
        turn.hint(_("Send “claim #{id}” to take it", id=found.id))
    who = _person(turn, conversation, found)
    return command.Done(
        customer=found,
        named=False,
        facts=(f"→ {who}: {replies.one_line(text, SHOWN)}",),
        undo=_("Send “leave” to end the talk") if attended else _("Send “undo” to call it back"),
    )


def _attended(turn: command.Turn, customer: customers.Customer) -> threads.Conversation | None:
    """The conversation the rep stays in, if it is with this customer: words leave at once there."""
    stays = chats.attended(turn.chat)
    if stays is None or stays.customer_id != customer.id:
        return None
    return turn.session.get(threads.Conversation, stays.conversation_id)


def _who_waits(turn: command.Turn) -> customers.Customer:
    """The one customer that waits for an answer; asked about when it is none or several."""
    _ = turn.say
    waiting = _waiting(turn)
    if len(waiting) == 1:
        return waiting[0]
    options = [
        command.Option(label=f"{each.name} #{each.id}", patch={"customer": f"#{each.id}"})
        for each in waiting
    ]
    if options:
        raise command.Ask(_("Several customers wait. Whom shall I answer?"), options)
    current = finding.in_context(turn)
    options = [
        command.Option(label=f"{each.name} #{each.id}", patch={"customer": f"#{each.id}"})
        for each in [current]
        if each is not None
    ]
    raise command.Ask(
        _("No customer waits for an answer. To whom? Send the name."), options, free="customer"
    )


def _waiting(turn: command.Turn) -> Sequence[customers.Customer]:
    """Waiting customers, each once, the one the rep was told of last first."""
    conversations = sorted(
        threads.waiting_for(turn.session, turn.rep),
        key=lambda each: (each.noticed_at or each.created_at, each.id),
        reverse=True,
    )
    ids = dict.fromkeys(each.customer_id for each in conversations if each.customer_id)
    return [turn.session.get_one(customers.Customer, number) for number in ids]


def _conversation(turn: command.Turn, customer: customers.Customer) -> threads.Conversation:
    known = threads.of_customer(turn.session, customer.id)
    waiting = [each for each in known if each.waiting_since is not None]
    if not known:
        raise errors.Refusal("reply.nobody-reachable", name=customer.name)
    return (waiting or known)[0]


def _check_window(
    turn: command.Turn, customer: customers.Customer, conversation: threads.Conversation
) -> None:
    state = windows.state(turn.session, conversation.address_id, conversation.account, turn.now)
    if state is None or state.open:
        return
    _ = turn.say
    known = addresses.of_contacts(turn.session, [each.id for each in customer.contacts])
    other = [each for each in known if each.kind in ("phone", "email")]
    masked = bool(masking.hides(turn.session, turn.rep, [customer]))
    lines = [
        _(
            "Not sent: the time to answer {name} on {channel} is over.",
            name=customer.name,
            channel=replies.channel(turn.say, conversation.channel),
        )
    ]
    for each in other[:2]:
        shown = replies.phone(each.value) if each.kind == "phone" else each.value
        if masked and each.kind == "phone":
            shown = masking.phone(each.value)
        kind = _("call or text") if each.kind == "phone" else _("write to")
        lines.append(f"{kind} {shown}")
    lines.append(_("It opens again as soon as the customer writes."))
    raise command.Ask("\n".join(lines))


def _person(
    turn: command.Turn, conversation: threads.Conversation, customer: customers.Customer
) -> str:
    contact = turn.session.get(customers.Contact, conversation.contact_id or 0)
    return replies.person(contact.name if contact else "", customer.name)


@commands.command(
    "inbox",
    names=(("未回", "新消息"), ("inbox",)),
    examples=("未回", "inbox"),
    summary=N_("Who waits for an answer"),
)
def inbox(turn: command.Turn) -> command.Shown:
    """Customers that wait, the longest first, with their last words."""
    _ = turn.say
    waiting = threads.waiting_for(turn.session, turn.rep)
    if not waiting:
        return command.Shown(lines=(_("Nobody waits for an answer."),))
    shown = waiting[:WAITING]
    labels = [_label(turn, each) for each in shown]
    first = shown[0].customer_id
    lines = [
        _("{count} waiting", count=len(waiting)),
        *(f"{number} {label}" for number, label in enumerate(labels, 1)),
        _("Send “re{id} …” to answer", id=first),
    ]
    picks = [
        command.Option(label=label, clauses=(("history", {"customer": f"#{each.customer_id}"}),))
        for label, each in zip(labels, shown, strict=True)
    ]
    return command.Shown(
        lines=tuple(lines),
        listed=tuple(f"#{each.customer_id}" for each in shown),
        picks=command.Ask(lines[0], picks, kind="list"),
    )


def _label(turn: command.Turn, conversation: threads.Conversation) -> str:
    since = conversation.waiting_since or turn.now
    customer = turn.session.get_one(customers.Customer, conversation.customer_id)
    waited = wording.lasting(turn.now - since, turn.language)
    entries = log.of_conversation(turn.session, conversation.id, limit=LATEST)
    last = next((entry.text for entry in entries if entry.direction == "in"), "")
    words = replies.one_line(last, SHOWN)
    return f"{_person(turn, conversation, customer)} #{customer.id} · {waited} · {words}"
