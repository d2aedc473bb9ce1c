"""Being away and being back."""

from __future__ import annotations

import datetime as dt

from bot import command, digests
from bot.phrases import N_
from crm_core import people, presence, sharing

commands = command.Commands("settings")


@commands.command(
    "away",
    names=(("请假", "休假"), ("leave until", "on leave")),
    examples=("请假 到周五 交给 李强", "leave until friday deputy 李强"),
    summary=N_("Be away; a deputy hears your customers"),
    risk=command.Risk.WRITE,
)
def away(
    turn: command.Turn,
    *,
    at: dt.datetime | None = None,
    days: int | None = None,
    owner: people.Rep | None = None,
    time_defaulted: bool = False,
) -> command.Done:
    """Be on leave through a day, or until a moment; without a deputy whoever leads hears them."""
    _ = turn.say
    until = at
    if until is not None and time_defaulted:
        # A day that is named is still a day away.
        until = until.astimezone(turn.zone).replace(hour=0, minute=0) + presence.DAY
    if days is not None:
        midnight = turn.said_at.astimezone(turn.zone).replace(hour=0, minute=0, second=0)
        until = midnight.replace(microsecond=0) + days * presence.DAY
    if until is None:
        raise command.Ask(_("Until when? For example: leave until friday"), free="at")
    presence.take_leave(turn.rep, until, owner, turn.now)
    when = f"{until.astimezone(turn.zone):%m-%d %H:%M}"
    facts = [_("away until {when}", when=when)]
    facts.append(
        _("{name} hears your customers", name=owner.name)
        if owner
        else _("your manager hears your customers")
    )
    return command.Done(facts=tuple(facts), notes=(_("Send “back” when you are here again"),))


@commands.command(
    "back",
    names=(("回来", "销假"), ("back", "i'm back")),
    examples=("回来", "back"),
    summary=N_("Be there again, and hear what you missed"),
)
def back(turn: command.Turn) -> command.Shown:
    """End leave and do not disturb; what customers wrote meanwhile is told at once."""
    _ = turn.say
    presence.come_back(turn.rep)
    sharing.end_standing_in(turn.session, turn.rep)
    lines = [_("you are here again")]
    if turn.rep.quiet_hours:
        lines.append(_("quiet every day {hours}", hours=turn.rep.quiet_hours))
    missed = digests.told_now(turn.session, turn.rep, _, turn.now)
    return command.Shown(lines=(" · ".join(lines), *missed))
