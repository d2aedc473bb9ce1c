"""What somebody missed while away: said at once, and in one notice, when that person is back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from bot import doors, notices, phrases, replies, world
from channels import messages
from conversations import log, threads
from crm_core import customers, database, jobs, people

SHOWN = 4
QUOTED = 40


def welcome_back(session: orm.Session, rep_id: int, setting: world.World, now: datetime) -> None:
    """Tell a person whose time away has passed what customers wrote meanwhile.

    Where the person is still away, or has left, it goes on as with any new words.
    """
    rep = session.get_one(people.Rep, rep_id)
    missed = threads.waiting_of(session, rep_id)
    reached = doors.door(session, rep_id)
    news = log.unnoticed(session, missed) if missed else {}
    if len(news) <= 1 or reached is None or doors.back_at(rep, setting, now) is not None:
        for talk in missed:
            if talk.id in news:
                notices.gathered(session, talk.id, setting, now)
        return
    say = phrases.of(rep, setting.language)
    text = "\n".join(_lines(session, say, missed, news, now))
    notices.push(session, reached[1], text, setting, now)


def told_now(session: orm.Session, rep: people.Rep, _: phrases.Say, now: datetime) -> list[str]:
    """What a person who is back missed, as lines; it counts as told, and held notices follow."""
    job = jobs.Job
    session.execute(
        sa.update(job)
        .where(job.key == f"{notices.HELD}|rep:{rep.id}", job.state == jobs.READY)
        .values(run_at=now)
        .execution_options(synchronize_session=False)
    )
    database.wake(session, jobs.topic(notices.HELD))
    missed = threads.waiting_of(session, rep.id)
    news = log.unnoticed(session, missed) if missed else {}
    return _lines(session, _, missed, news, now) if news else []


def _lines(
    session: orm.Session,
    _: phrases.Say,
    missed: Sequence[threads.Conversation],
    news: Mapping[int, Sequence[log.Message]],
    now: datetime,
) -> list[str]:
    told = [talk for talk in missed if talk.id in news]
    lines = [_("{count} customers wrote while you were away:", count=len(told))]
    for talk in told:
        entries = news[talk.id]
        talk.noticed_at, talk.noticed_message_id = now, entries[-1].id
        if len(lines) <= SHOWN:
            customer = session.get_one(customers.Customer, talk.customer_id)
            who = replies.person(entries[-1].author_name, customer.name)
            words = replies.one_line(" ".join(entry.text for entry in entries), QUOTED)
            lines.append(f"{who} #{customer.id}: {words}")
    return [*lines, _("Send “inbox” for all who wait")]


def say_held(
    session: orm.Session, held: Mapping[str, Any], setting: world.World, now: datetime
) -> None:
    """Say a notice that was held; to whoever answers for the person if that one has left."""
    choices = tuple(messages.Choice(label=label, value=value) for label, value in held["choices"])
    for _rep, address in doors.for_rep(session, held["rep_id"], setting, now):
        notices.push(session, address, held["text"], setting, now, choices=choices)
