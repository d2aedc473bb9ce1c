"""The story of one message: from a recorded event to its log entry, its effect and the replies.

Everything here happens in one transaction together with finishing the event's job: either all of
it is there after a crash, or none, and then the event is handled again. Several customers' events
may share one transaction: what they need is then looked up and written together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import orm

from bot import dialogue, newcomers, notices, phrases, recorder, world
from channels import contract, messages
from conversations import correspondents, inbox, joining, log, outbox, threads, windows
from crm_core import addresses, audit, customers, database, denials, errors, identity, jobs, people

BINDING = re.compile(r"\s*(?:绑定|綁定|bind)\s*(\d{4,12})\s*", re.IGNORECASE)
GREETING_REST = timedelta(hours=12)
MASK = "••••••"
BIND_SCENE = "bind-"


@dataclass(frozen=True, kw_only=True)
class Happening:
    """A recorded event in our hands, and what it says."""

    job: jobs.Claimed
    event: inbox.Event
    inbounds: Sequence[messages.Inbound]


@dataclass(frozen=True, kw_only=True)
class Story:
    """One part of an event on its way through, and where it happens."""

    session: orm.Session
    event: inbox.Event
    part: int
    inbound: messages.Inbound
    setting: world.World
    now: datetime


def handle(
    session: orm.Session, happenings: Sequence[Happening], setting: world.World, now: datetime
) -> None:
    """Let recorded events have their whole effect, in this order. LeaseLost if one is not ours."""
    # First of all, since from here on nobody else can be doing the same.
    jobs.finish(session, *(happening.job for happening in happenings))
    stories = [
        Story(
            session=session,
            event=happening.event,
            part=part,
            inbound=inbound,
            setting=setting,
            now=now,
        )
        for happening in happenings
        for part, inbound in enumerate(happening.inbounds)
    ]
    while stories:
        stories = stories[_tell_some(session, stories) :]
    inbox.mark_done(session, [happening.event.id for happening in happenings], now)
    for happening in happenings:
        database.wake(session, recorder.handled_topic(happening.event.id))
    database.wake(session, "events")


def _tell_some(session: orm.Session, stories: Sequence[Story]) -> int:
    """Customers' words that follow each other are told together, all else one by one: how many."""
    words = [
        _Words(story=story, inbound=story.inbound)
        for story in takewhile(lambda each: isinstance(each.inbound, _MESSAGE), stories)
        if isinstance(story.inbound, _MESSAGE)
    ]
    known = correspondents.find_all(session, [each.inbound.sender for each in words])
    talk = list(takewhile(lambda each: _is_talk(each.inbound, known), words))
    if talk:
        _customers_speak(session, talk, known)
        return len(talk)
    story = stories[0]
    session.info[outbox.CAUSE] = story.event.id
    if words:
        _speaks(words[0], known.get(words[0].inbound.sender))
    elif isinstance(story.inbound, messages.InboundStatus):
        _status(story, story.inbound)
    else:
        with _audited(story):
            _STORIES[type(story.inbound)](story, story.inbound)
    session.info.pop(outbox.CAUSE)
    return 1


_MESSAGE = messages.InboundMessage


@dataclass(frozen=True, kw_only=True)
class _Words:
    """Something said, and its story."""

    story: Story
    inbound: messages.InboundMessage


def _is_talk(inbound: messages.InboundMessage, known: correspondents.Known) -> bool:
    who = known.get(inbound.sender)
    return (who is None or who.rep is None) and BINDING.fullmatch(inbound.text) is None


def _speaks(words: _Words, who: correspondents.Correspondent | None) -> None:
    """A rep's command, or the code by which somebody becomes a rep."""
    code = BINDING.fullmatch(words.inbound.text)
    if who is not None and who.rep is not None:
        _rep_speaks(words.story, words.inbound, who, who.rep)
    elif code is not None:
        with _audited(words.story):
            _bind(words.story, words.inbound, code.group(1))


def _audited(story: Story) -> AbstractContextManager[audit.ChangeSet]:
    """Write down what is changed by somebody who writes, follows or leaves and is not a rep."""
    event = story.event
    return audit.changing(
        story.session,
        actor="sender",
        cause=f"event:{event.id}",
        now=story.now,
        source=f"event:{event.channel}",
    )


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
        source, cause = f"chat:{story.event.channel}", f"message:{entry.id}"
        where = denials.Where(now=now, verb="chat", cause=cause, source=source)
        denials.deny(session, rep, (denials.COMMANDS, 0), where, reason="rep.disabled")
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


def _customers_speak(
    session: orm.Session, talk: Sequence[_Words], known: correspondents.Known
) -> None:
    """Log customers' words and tell whoever looks after them; strangers become leads by this."""
    by_account: dict[tuple[str, str], list[_Words]] = {}
    for each in talk:
        event = each.story.event
        by_account.setdefault((event.channel, event.account), []).append(each)
    for (channel, account), said in by_account.items():
        spoken = [(each, _introduced(session, each, known)) for each in said]
        setting, now = said[0].story.setting, said[0].story.now
        _open_windows(spoken)
        held = {who.address.id: who.address for _, who in spoken}
        talks = threads.at_all(session, list(held.values()), channel, account, now)
        log.append_all(
            session, [(talks[who.address.id], _entry(each, who)) for each, who in spoken]
        )
        for each, who in spoken:
            if who.customer is not None:
                identity.heard(session, who.customer.id, each.inbound.text, now)
        heard = [who.customer.id for _, who in spoken if who.customer is not None]
        customers.heard(session, heard, now)
        notices.customers_wrote(session, list(talks.values()), setting, now)


def _introduced(
    session: orm.Session, words: _Words, known: correspondents.Known
) -> correspondents.Correspondent:
    """Who speaks, as a contact of a customer; whoever speaks can be reached again."""
    story, sender = words.story, words.inbound.sender
    who = known.get(sender)
    if words.inbound.also_known_as:
        with _audited(story):
            who = joining.joined(session, who, words.inbound, story.now)
    unreachable = addresses.State.UNREACHABLE
    if who is not None and who.customer is not None and who.address.state != unreachable:
        return who
    with _audited(story):
        if who is None:
            name = words.inbound.sender_name
            who = correspondents.visitor(session, sender, name, story.now)
            who = joining.joined(session, who, words.inbound, story.now) or who
        if who.customer is None:
            lead = newcomers.lead(story.event, words.inbound, story.setting)
            source = story.event.channel
            who = correspondents.as_customer(session, who, source, story.now, lead=lead)
            known[sender] = who
            if story.setting.identifies(story.event.channel, story.event.account):
                joining.ask_provider(session, who.address, story.now)
        if who.address.state == unreachable:
            who.address.state = addresses.State.OK
    return who


def _entry(words: _Words, who: correspondents.Correspondent) -> log.Message:
    if who.contact is None:
        raise ValueError("words of nobody")
    return _logged(words.story, words.inbound, ("contact", who.contact.id, who.contact.name))


def _logged(
    story: Story, inbound: messages.InboundMessage, author: tuple[str, int, str]
) -> log.Message:
    author_kind, author_id, author_name = author
    return log.Message(
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


def _log(
    story: Story,
    inbound: messages.InboundMessage,
    conversation: threads.Conversation,
    author: tuple[str, int, str],
) -> log.Message:
    return log.append(story.session, conversation, _logged(story, inbound, author))


def _open_windows(spoken: Sequence[tuple[_Words, correspondents.Correspondent]]) -> None:
    story = spoken[0][0].story
    triggers = {
        who.address.id: (who.address.id, each.story.event.account, rule)
        for each, who in spoken
        if (rule := _rule(each.story, each.inbound.kind)) is not None
    }
    windows.opened_all(story.session, triggers.values(), story.now)


def _open_window(story: Story, address: addresses.Address, kind: str) -> None:
    rule = _rule(story, kind)
    if rule is not None:
        windows.opened(story.session, address.id, story.event.account, rule, story.now)


def _rule(story: Story, kind: str) -> contract.WindowRule | None:
    capabilities = story.setting.capabilities.get(story.event.channel)
    rules = capabilities.windows if capabilities else {}
    return rules.get(kind) or (rules.get("message") if kind != "follow" else None)


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
        who = joining.joined(session, None, inbound, now)
    if who is None:
        who = correspondents.visitor(session, inbound.sender, inbound.sender_name, now)
        who = joining.joined(session, who, inbound, now) or who
    if who.address.state == addresses.State.UNREACHABLE:
        who.address.state = addresses.State.OK
    if who.contact is not None and who.customer is None:
        newcomers.attribute(session, who.contact, inbound.scene)
    conversation = threads.at(session, who.address, story.event.channel, story.event.account, now)
    _open_window(story, who.address, "follow")
    if who.rep is None and _may_greet(session, conversation, now):
        say = phrases.speaker(story.setting.language)
        text = say("Welcome! Write to us here; we answer soon.")
        _answer(story, conversation, dialogue.Reply(text=text))


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
    messages.InboundFollow: _follow,
    messages.InboundUnfollow: _unfollow,
    messages.InboundStatus: _status,
    messages.InboundOther: _other,
}
