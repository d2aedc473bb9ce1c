"""The story of one message: from a recorded event to its log entry, its effect and the replies.

Everything here happens in one transaction together with finishing the event's job: either all of
it is there after a crash, or none, and then the event is handled again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import orm

from bot import dialogue, notices, phrases, recorder, world
from channels import messages
from conversations import correspondents, inbox, log, outbox, threads, windows
from crm_core import addresses, customers, database, errors, jobs, people

BINDING = re.compile(r"\s*(?:绑定|綁定|bind)\s*(\d{4,12})\s*", re.IGNORECASE)
GREETING_REST = timedelta(hours=12)
MASK = "••••••"
BIND_SCENE, REP_SCENE = "bind-", "rep-"


@dataclass(frozen=True, kw_only=True)
class Story:
    """One event on its way through, and where it happens."""

    session: orm.Session
    event: inbox.Event
    part: int
    setting: world.World
    now: datetime


def handle(
    session: orm.Session,
    job: jobs.Claimed,
    inbounds: Sequence[messages.Inbound],
    setting: world.World,
    now: datetime,
) -> None:
    """Let one recorded event have its whole effect. Raises LeaseLost when it is not ours."""
    event = inbox.get(session, job.payload["event_id"])
    if event.state == "new":
        for part, inbound in enumerate(inbounds):
            story = Story(session=session, event=event, part=part, setting=setting, now=now)
            _STORIES[type(inbound)](story, inbound)
        inbox.mark_done(session, event.id, now)
    jobs.finish(session, job)
    database.wake(session, recorder.handled_topic(event.id))
    database.wake(session, "events")


def _message(story: Story, inbound: messages.InboundMessage) -> None:
    who = correspondents.find(story.session, inbound.sender)
    if who is not None and who.rep is not None:
        _rep_speaks(story, inbound, who, who.rep)
        return
    code = BINDING.fullmatch(inbound.text)
    if code is not None:
        _bind(story, inbound, code.group(1))
        return
    _customer_speaks(story, inbound, who)


def _rep_speaks(
    story: Story,
    inbound: messages.InboundMessage,
    who: correspondents.Correspondent,
    rep: people.Rep,
) -> None:
    session, now = story.session, story.now
    conversation = threads.at(session, who.address, story.event.channel, story.event.account, now)
    entry = _log(story, inbound, conversation, ("rep", rep.id, rep.name))
    _open_window(story, who.address, inbound.kind)
    outbox.hurry_held(session, who.address.id, story.event.channel, now)
    if not rep.active:
        say = phrases.of(rep, story.setting.language)
        text = say("Your access has been ended. Please ask your manager.")
        _answer(story, conversation, dialogue.Reply(text=text))
        return
    incoming = dialogue.Incoming(
        text=inbound.text,
        kind=inbound.kind,
        at=inbound.at,
        message=entry,
        event=story.event,
        conversation=conversation,
        tapped=inbound.tapped,
    )
    _answer(story, conversation, dialogue.respond(session, rep, incoming, story.setting, now))


def _customer_speaks(
    story: Story, inbound: messages.InboundMessage, who: correspondents.Correspondent | None
) -> None:
    session, now = story.session, story.now
    if who is None:
        who = correspondents.visitor(session, inbound.sender, inbound.sender_name, now)
    contact, customer = correspondents.as_customer(session, who, story.event.channel, now)
    if who.address.state == addresses.State.UNREACHABLE:
        who.address.state = addresses.State.OK
    _open_window(story, who.address, inbound.kind)
    conversation = threads.at(session, who.address, story.event.channel, story.event.account, now)
    _log(story, inbound, conversation, ("contact", contact.id, contact.name))
    customers.touch(customer, now)
    notices.customer_wrote(session, conversation, story.setting, now)


def _log(
    story: Story,
    inbound: messages.InboundMessage,
    conversation: threads.Conversation,
    author: tuple[str, int, str],
) -> log.Message:
    author_kind, author_id, author_name = author
    entry = log.Message(
        direction="in",
        author_kind=author_kind,
        author_id=author_id,
        author_name=author_name,
        kind=inbound.kind,
        subject=inbound.subject,
        text=inbound.text,
        full_text=inbound.full_text,
        event_id=story.event.id,
        part=story.part,
        provider_id=inbound.provider_id,
        at=inbound.at,
        created_at=story.now,
    )
    return log.append(story.session, conversation, entry)


def _open_window(story: Story, address: addresses.Address, kind: str) -> None:
    capabilities = story.setting.capabilities.get(story.event.channel)
    rules = capabilities.windows if capabilities else {}
    rule = rules.get(kind) or (rules.get("message") if kind != "follow" else None)
    if rule is not None:
        windows.opened(story.session, address.id, story.event.account, rule, story.now)


def _answer(story: Story, conversation: threads.Conversation, reply: dialogue.Reply) -> None:
    draft = outbox.Draft(text=reply.text, choices=reply.choices, answers=story.event)
    outbox.queue(story.session, conversation, draft, story.now)


def _bind(story: Story, inbound: messages.Inbound, code: str) -> None:
    """Whoever sends a rep's open code is that rep from now on; a wrong one is only told so."""
    session, now, sender = story.session, story.now, inbound.sender
    say = phrases.speaker(story.setting.language)
    try:
        rep = people.redeem_code(
            session, code, f"{sender.kind}:{sender.account}:{sender.value}", now
        )
    except errors.Refusal:
        rep, text = None, say("Too many wrong codes. Please try again in an hour.")
    else:
        text = say("This code is wrong or too old. Ask your manager for a new one.")
    if rep is not None:
        address = correspondents.bind(session, sender, rep, now)
        say = phrases.of(rep, story.setting.language)
        text = say(
            "✓ {name}, this chat is yours. Write as you would to a colleague, for example:\n"
            "find Acme\nnote Acme asked for a discount\nremind tomorrow 3pm call Acme\n"
            "Send ? for help",
            name=rep.name,
        )
    else:
        who = correspondents.find(session, sender)
        who = who or correspondents.visitor(session, sender, inbound.sender_name, now)
        address = who.address
    conversation = threads.at(session, address, story.event.channel, story.event.account, now)
    _open_window(story, address, "message")
    author = ("rep", rep.id, rep.name) if rep else ("contact", address.contact_id or 0, "")
    if isinstance(inbound, messages.InboundMessage):
        # The code is spent or wrong, yet it is nobody's business in the log.
        masked = messages.InboundMessage(
            sender=sender,
            at=inbound.at,
            provider_id=inbound.provider_id,
            text=inbound.text.replace(code, MASK),
        )
        entry = _log(story, masked, conversation, author)
        if rep is None:
            conversation.waiting_since = None
            conversation.noticed_message_id = entry.id
    _answer(story, conversation, dialogue.Reply(text=text))


def _follow(story: Story, inbound: messages.InboundFollow) -> None:
    session, now = story.session, story.now
    if inbound.scene.startswith(BIND_SCENE):
        _bind(story, inbound, inbound.scene.removeprefix(BIND_SCENE))
        return
    who = correspondents.find(session, inbound.sender)
    if who is None:
        who = correspondents.visitor(session, inbound.sender, inbound.sender_name, now)
    if who.address.state == addresses.State.UNREACHABLE:
        who.address.state = addresses.State.OK
    if who.contact is not None and who.customer is None:
        _attribute(session, who.contact, inbound.scene)
    conversation = threads.at(session, who.address, story.event.channel, story.event.account, now)
    _open_window(story, who.address, "follow")
    if who.rep is None and _may_greet(session, conversation, now):
        say = phrases.speaker(story.setting.language)
        text = say("Welcome! Write to us here; we answer soon.")
        _answer(story, conversation, dialogue.Reply(text=text))


def _attribute(session: orm.Session, contact: customers.Contact, scene: str) -> None:
    """A QR code names its rep and perhaps a source: rep-12 or rep-12-fair."""
    match = re.fullmatch(rf"{REP_SCENE}(\d{{1,15}})(?:-(.{{1,60}}))?", scene)
    rep = session.get(people.Rep, int(match.group(1))) if match else None
    if match is not None and rep is not None and rep.active:
        contact.introduced_by, contact.source = rep.id, match.group(2) or ""
    elif scene:
        contact.source = scene[:80]


def _may_greet(session: orm.Session, conversation: threads.Conversation, now: datetime) -> bool:
    latest = log.of_conversation(session, conversation.id, limit=1)
    return not latest or latest[0].at < now - GREETING_REST


def _unfollow(story: Story, inbound: messages.InboundUnfollow) -> None:
    who = correspondents.find(story.session, inbound.sender)
    if who is not None:
        who.address.state = addresses.State.UNREACHABLE


def _status(story: Story, inbound: messages.InboundStatus) -> None:
    event = story.event
    outbox.report(
        story.session,
        event.channel,
        event.account,
        inbound.provider_id,
        inbound.state,
        inbound.error,
        story.now,
    )


def _other(story: Story, inbound: messages.InboundOther) -> None:
    """Kept raw under its name; there is nothing to do."""


_STORIES: dict[type[messages.Inbound], Callable[[Story, Any], None]] = {
    messages.InboundMessage: _message,
    messages.InboundFollow: _follow,
    messages.InboundUnfollow: _unfollow,
    messages.InboundStatus: _status,
    messages.InboundOther: _other,
}
