"""Newcomers: what is known of somebody who was unknown a moment ago."""

from __future__ import annotations

import re

from sqlalchemy import orm

from bot import world
from channels import messages
from conversations import assignment, inbox
from crm_core import customers, people

_REP_SCENE = re.compile(r"rep-(\d{1,15})(?:-(.{1,60}))?")


def attribute(session: orm.Session, contact: customers.Contact, scene: str) -> None:
    """A QR code names its rep and perhaps a source: rep-12 or rep-12-fair.

    That of somebody who has left still says through whom; whose it is now is decided later.
    """
    match = _REP_SCENE.fullmatch(scene)
    rep = session.get(people.Rep, int(match.group(1))) if match else None
    if match is not None and rep is not None:
        contact.introduced_by, contact.source = rep.id, match.group(2) or ""
    elif scene:
        contact.source = scene[:80]


def lead(
    event: inbox.Event, inbound: messages.InboundMessage, setting: world.World
) -> assignment.Lead:
    """By what it is decided whose the newcomer becomes."""
    return assignment.Lead(
        channel=event.channel,
        account=event.account,
        text=inbound.text,
        timezone=setting.timezone,
    )
