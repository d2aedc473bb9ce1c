"""Assignment: whose a new lead becomes.

First the rep whose QR code or referral brought it, then the first rule that fits (by channel,
account, keyword and hours), then, only when switched on, whoever's turn it is. Otherwise nobody:
the lead lies in the pool.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, threads
from crm_core import audit, clock, customers, database, errors, handover, people, presence

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BUSY = (customers.Status.LEAD, customers.Status.ACTIVE)
"""Customers in these states count against a person's capacity."""
_HOURS = re.compile(
    r"(?P<no>not )?(?P<days>[a-z,-]+)?(?: ?(?P<first>\d{1,2}:\d{2})-(?P<last>\d{1,2}:\d{2}))?"
)


class Target(enum.StrEnum):
    """To whom a rule gives: a person, whoever's turn it is in a team, or the pool."""

    REP = "rep"
    TEAM = "team"
    POOL = "pool"


class Rule(audit.Tracked, database.Base):
    """One rule; an empty condition always fits, and `place` says in which order they are tried.

    `keyword` holds words of which one must be said, separated by |. `hours` is like
    "mon-fri 09:00-18:00", "sat,sun" or "not mon-fri 09:00-18:00", by the company's clock.
    """

    __tablename__ = "assignment_rules"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    place: orm.Mapped[int]
    channel: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="")
    account: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    keyword: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    hours: orm.Mapped[str] = orm.mapped_column(database.Text(40), default="")
    target: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    rep_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    team: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    created_at: orm.Mapped[datetime]


class RoundRobin(audit.Tracked, database.Base):
    """Taking turns in a team, or among everybody (`team` empty): who had the last one."""

    __tablename__ = "round_robins"
    untracked = audit.Tracked.untracked | {"last_rep_id"}

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    team: orm.Mapped[str] = orm.mapped_column(database.Text(80), unique=True)
    enabled: orm.Mapped[bool]
    last_rep_id: orm.Mapped[int] = orm.mapped_column(default=0)


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What is known of somebody who just became a lead: where, with which words, through whom.

    `timezone` is the company's (an IANA name).
    """

    channel: str
    account: str = ""
    text: str = ""
    introduced_by: int | None = None
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whose the lead is (None: nobody's) and why: referral, rule:3, turn or nothing."""

    owner_id: int | None = None
    why: str = ""


def decide(session: orm.Session, lead: Lead, now: datetime) -> Decision:
    """Whose this lead becomes. Call it in the transaction that makes the customer: turns are
    taken under a lock, so that no two leads are ever given the same turn."""
    introducer = session.get(people.Rep, lead.introduced_by) if lead.introduced_by else None
    if introducer is not None:
        owner = _in_charge(session, introducer)
        if owner is not None:
            return Decision(owner_id=owner.id, why="referral")
    for rule in listed(session):
        if fits(rule, lead, now):
            found = _given(session, rule, lead, now)
            if found is not None:
                return found
    if switched_on(session):
        owner_id = take_turn(session, "", lead, now)
        if owner_id is not None:
            return Decision(owner_id=owner_id, why="turn")
    return Decision()


def _in_charge(session: orm.Session, rep: people.Rep) -> people.Rep | None:
    """The person, else the heir, else (nobody is named yet) whoever leads the person."""
    if rep.active:
        return rep
    return handover.successor(session, rep) or next(iter(handover.stand_ins(session, rep.id)), None)


def fits(rule: Rule, lead: Lead, now: datetime) -> bool:
    """Whether all conditions of the rule hold for this lead at this moment."""
    if rule.channel not in ("", lead.channel) or rule.account not in ("", lead.account):
        return False
    words = [word.strip().casefold() for word in rule.keyword.split("|") if word.strip()]
    if words and not any(word in lead.text.casefold() for word in words):
        return False
    return within(rule.hours, now.astimezone(clock.zone(lead.timezone)))


def within(hours: str, local: datetime) -> bool:
    """Whether this local moment is within hours as a rule has them; empty is always.

    Hours past midnight belong to the day they begin on.
    """
    match = _HOURS.fullmatch(hours)
    if match is None or not hours:
        return not hours
    days = _days(match["days"])
    today, yesterday = local.weekday() in days, (local - timedelta(days=1)).weekday() in days
    inside = today
    if match["first"]:
        first, last, at = _time(match["first"]), _time(match["last"]), local.time()
        inside = today and at >= first and (last <= first or at < last)
        inside = inside or (yesterday and last <= first and at < last)
    return inside is not bool(match["no"])


def _days(words: str | None) -> set[int]:
    if not words:
        return set(range(7))
    found: set[int] = set()
    for part in words.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return found


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour) % 24, int(minute))


def _given(session: orm.Session, rule: Rule, lead: Lead, now: datetime) -> Decision | None:
    """What the rule decides; None when it has nobody to give to and the next one is asked."""
    why = f"rule:{rule.id}"
    if rule.target == Target.POOL:
        return Decision(why=why)
    if rule.target == Target.TEAM:
        owner_id = take_turn(session, rule.team, lead, now)
        return None if owner_id is None else Decision(owner_id=owner_id, why=why)
    rep = session.get(people.Rep, rule.rep_id or 0)
    rep = rep and _in_charge(session, rep)
    if rep is not None and presence.on_leave(rep, now):
        rep = presence.deputy(session, rep, now, clock.zone(lead.timezone))
    return None if rep is None else Decision(owner_id=rep.id, why=why)


def take_turn(session: orm.Session, team: str, lead: Lead, now: datetime) -> int | None:
    """The next person of the team (empty: of all) who is there and has room for one more."""
    add = database.insert(session, RoundRobin).values(team=team, enabled=False, last_rep_id=0)
    session.execute(add.on_conflict_do_nothing())
    turn = session.scalars(
        sa.select(RoundRobin)
        .where(RoundRobin.team == team)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    person = people.Rep
    query = sa.select(person).where(person.active, person.role == people.Role.REP)
    if team:
        query = query.where(person.team == team)
    there = [
        each
        for each in session.scalars(query.order_by(person.id))
        if presence.back_at(each, now, clock.zone(each.timezone or lead.timezone)) is None
    ]
    free = _with_room(session, there)
    if not free:
        return None
    chosen = next((each for each in free if each > turn.last_rep_id), free[0])
    turn.last_rep_id = chosen
    session.flush()
    return chosen


def _with_room(session: orm.Session, there: Sequence[people.Rep]) -> list[int]:
    limited = [each.id for each in there if each.capacity is not None]
    row = customers.Customer
    count = sa.select(row.owner_id, sa.func.count()).group_by(row.owner_id)
    count = count.where(row.owner_id.in_(limited), row.status.in_(BUSY))
    busy = dict(session.execute(count).all()) if limited else {}
    return [
        each.id for each in there if each.capacity is None or busy.get(each.id, 0) < each.capacity
    ]


def switched_on(session: orm.Session) -> bool:
    """Whether leads that no rule is for are given out in turn."""
    row = RoundRobin
    return bool(session.scalar(sa.select(row.enabled).where(row.team == "")))


def switch(session: orm.Session, on: bool) -> None:
    """Give out leads in turn, or leave them in the pool."""
    row = session.scalar(sa.select(RoundRobin).where(RoundRobin.team == ""))
    if row is None:
        row = RoundRobin(team="", enabled=on, last_rep_id=0)
        session.add(row)
    row.enabled = on
    session.flush()


def listed(session: orm.Session) -> Sequence[Rule]:
    """All rules in the order they are tried."""
    return session.scalars(sa.select(Rule).order_by(Rule.place, Rule.id)).all()


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """When a rule fits; empty ones always do."""

    channel: str = ""
    account: str = ""
    keyword: str = ""
    hours: str = ""


def add(  # noqa: PLR0917 - the facts of one rule
    session: orm.Session,
    when: Conditions,
    target: Target,
    now: datetime,
    rep: people.Rep | None = None,
    team: str = "",
    place: int | None = None,
) -> Rule:
    """A new rule, behind all others unless `place` says where it stands.

    Raises Refusal rule.hours-invalid, rep.disabled, rule.team-unknown.
    """
    if rep is not None and not rep.active:
        raise errors.Refusal("rep.disabled", name=rep.name)
    if target == Target.TEAM and team not in people.teams(session):
        raise errors.Refusal("rule.team-unknown", name=team)
    last = session.scalar(sa.select(sa.func.max(Rule.place))) or 0
    rule = Rule(
        place=place if place is not None else last + 1,
        channel=when.channel,
        account=when.account,
        keyword=when.keyword,
        hours=_checked(when.hours.strip().casefold()),
        target=target,
        rep_id=rep.id if rep else None,
        team=team,
        created_at=now,
    )
    session.add(rule)
    session.flush()
    return rule


def _checked(hours: str) -> str:
    try:
        match = _HOURS.fullmatch(hours)
        if match is None:
            raise ValueError(hours)
        _days(match["days"])
        for each in (match["first"], match["last"]):
            if each:
                _time(each)
    except ValueError:
        raise errors.Refusal("rule.hours-invalid", text=hours) from None
    return hours


def remove(session: orm.Session, rule_id: int) -> None:
    """Do without a rule. Raises NotFound rule.unknown."""
    rule = session.get(Rule, rule_id)
    if rule is None:
        raise errors.NotFound("rule.unknown", number=rule_id)
    session.delete(rule)
    session.flush()


def _by_rule(session: orm.Session, customer: customers.Customer, now: datetime) -> int | None:
    """The owner the rules would name today, for a customer whose owner leaves."""
    talks = threads.of_customer(session, customer.id)
    lead = Lead(channel=customer.source)
    if talks:
        said = log.of_conversation(session, talks[0].id, limit=1)
        words = said[0].text if said else ""
        lead = Lead(channel=talks[0].channel, account=talks[0].account, text=words)
    return decide(session, lead, now).owner_id


def _held(session: orm.Session, rep_id: int) -> int:
    talk = threads.Conversation
    query = sa.select(sa.func.count()).select_from(talk)
    return session.scalar(query.where(talk.assignee_id == rep_id, talk.status != "closed")) or 0


def _move(session: orm.Session, row: handover.Handover, limit: int) -> int:
    talk = threads.Conversation
    mine = sa.select(talk).where(talk.assignee_id == row.rep_id, talk.status != "closed")
    found = session.scalars(mine.order_by(talk.id).limit(limit).with_for_update()).all()
    for each in found:
        # Without an heir of its own a conversation goes with its customer.
        each.assignee_id = row.heir_id
    session.flush()
    return len(found)


handover.choosers[handover.Heir.RULE] = _by_rule
handover.PARTS["conversations"] = handover.Part(count=_held, move=_move)
