"""Who is there: daily quiet hours, do not disturb, leave, and who stands in meanwhile.

What a person says about being there changes when notices come and who gets them; nothing is lost.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy import orm

from crm_core import errors, people

DAY = timedelta(days=1)
LONGEST = timedelta(days=366)
DAY_HOURS = 24
DEPUTIES = 5
"""So many deputies of deputies are asked before nobody is found."""
_HOURS = re.compile(
    r"(\d{1,2})(?:[:：](\d{2}))?点?\s*(?:-|~|–|—|到|至|to)\s*(\d{1,2})(?:[:：](\d{2}))?点?"
)


def back_at(rep: people.Rep, now: datetime, zone: tzinfo) -> datetime | None:
    """When this person is to be disturbed again; None when that is now.

    `zone` is the person's own: quiet hours are told by its clock.
    """
    back = now
    for _ in range(3):
        until = max((each for each in (rep.leave_until, rep.dnd_until) if each), default=back)
        back = max(back, until)
        back = _quiet_until(rep.quiet_hours, back, zone) or back
    return back if back > now else None


def on_leave(rep: people.Rep, now: datetime) -> bool:
    """Whether this person is away for longer, and not only not to be disturbed."""
    return rep.leave_until is not None and rep.leave_until > now


def _quiet_until(hours: str, moment: datetime, zone: tzinfo) -> datetime | None:
    if not hours:
        return None
    first, last = (time.fromisoformat(each) for each in hours.split("-"))
    local = moment.astimezone(zone)
    for day in (local.date() - DAY, local.date()):
        begin = datetime.combine(day, first, zone)
        end = datetime.combine(day + DAY if last <= first else day, last, zone)
        if begin <= local < end:
            return end
    return None


def keep_quiet(rep: people.Rep, hours: str) -> None:
    """No notices in these hours of every day, like 22-8 or 22:30-07:00; "" is none any more.

    Raises Refusal presence.hours-invalid.
    """
    rep.quiet_hours = _hours(hours) if hours.strip() else ""


def _hours(text: str) -> str:
    match = _HOURS.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        first, last = (
            time(int(hour) % DAY_HOURS, int(minute or 0))
            for hour, minute in (match.group(1, 2), match.group(3, 4))
            if int(hour) <= DAY_HOURS
        )
        if first == last:
            raise ValueError(text)
    except ValueError:
        raise errors.Refusal("presence.hours-invalid", text=text) from None
    return f"{first:%H:%M}-{last:%H:%M}"


def mute(rep: people.Rep, until: datetime, now: datetime) -> None:
    """Hold notices until then. Raises Refusal presence.until-invalid for what is past or far."""
    rep.dnd_until = _ahead(until, now)


def take_leave(rep: people.Rep, until: datetime, deputy: people.Rep | None, now: datetime) -> None:
    """Be away until then, with somebody who hears customers meanwhile.

    Raises Refusal presence.until-invalid, presence.own-deputy, rep.disabled for the deputy.
    """
    if deputy is not None and deputy.id == rep.id:
        raise errors.Refusal("presence.own-deputy")
    if deputy is not None and not deputy.active:
        raise errors.Refusal("rep.disabled", name=deputy.name)
    rep.leave_until, rep.deputy_id = _ahead(until, now), deputy.id if deputy else None


def _ahead(until: datetime, now: datetime) -> datetime:
    if not now < until < now + LONGEST:
        raise errors.Refusal("presence.until-invalid")
    return until


def come_back(rep: people.Rep) -> None:
    """Be there again; daily quiet hours stay."""
    rep.leave_until = rep.dnd_until = rep.deputy_id = None


def deputy(session: orm.Session, rep: people.Rep, now: datetime, zone: tzinfo) -> people.Rep | None:
    """Who stands in for this person and is there, through deputies of deputies; or nobody."""
    seen, found = {rep.id}, rep
    for _ in range(DEPUTIES):
        stand_in = session.get(people.Rep, found.deputy_id) if found.deputy_id else None
        if stand_in is None or stand_in.id in seen or not stand_in.active:
            return None
        if back_at(stand_in, now, zone) is None:
            return stand_in
        seen.add(stand_in.id)
        found = stand_in
    return None
