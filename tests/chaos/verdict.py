"""What became of everything: the log, the commands' effects and the deliveries, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from channels.sandbox import wechat
from conversations import inbox, log, outbox
from crm_core import activities, addresses, deals, jobs
from tests.chaos import vendor

TOKEN = re.compile(r"t\d{6}")
Mark = tuple[str, frozenset[str]]
"""By which one delivery is known on both sides: the phone, and the tokens in its words."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The counts of one run; `faults` says in words what is not as promised."""

    messages: int
    unacknowledged: int
    lost: int
    logged_twice: int
    effects_missing: int
    effects_doubled: int
    unfinished: dict[str, int]
    dead: int
    unknown: int
    vanished: int
    doubles: int
    unflagged: int

    def faults(self, allowed_doubles: int) -> list[str]:
        """What breaks a promise; nothing when all is well."""
        must_be_none = {
            "never acknowledged": self.unacknowledged,
            "acknowledged but not in the log": self.lost,
            "in the log twice": self.logged_twice,
            "commands without effect": self.effects_missing,
            "commands with two effects": self.effects_doubled,
            **{f"{kind} left over": count for kind, count in self.unfinished.items()},
            "dead events or jobs": self.dead,
            "sends marked sent that never arrived": self.vanished,
            "doubles that are not flagged": self.unflagged,
        }
        found = [f"{count} {what}" for what, count in must_be_none.items() if count]
        if self.doubles > allowed_doubles:
            found.append(f"{self.doubles} doubles at the provider, more than {allowed_doubles}")
        return found

    def line(self) -> str:
        """The figures in one line."""
        lost = self.lost + self.unacknowledged
        effects = self.effects_missing + self.effects_doubled + self.logged_twice
        left = sum(self.unfinished.values()) + self.dead
        return (
            f"lost {lost}, wrong effects {effects}, left over {left},"
            f" doubles {self.doubles} ({self.unflagged} unflagged), unknown {self.unknown},"
            f" vanished {self.vanished}"
        )


def unfinished(session: orm.Session) -> dict[str, int]:
    """Events and jobs that still wait, by what they are.

    Words held for a closed window do not count, nor what stands behind them in the same chat.
    """
    held = sa.select(jobs.Job.key).where(jobs.Job.last_error == outbox.WINDOW_WAIT)
    others = sa.or_(jobs.Job.key.is_(None), jobs.Job.key.not_in(held))
    waiting = sa.select(jobs.Job.kind, jobs.Job.state).where(jobs.Job.state != "dead", others)
    left = Counter(f"{kind} jobs {state}" for kind, state in session.execute(waiting))
    new = sa.select(sa.func.count()).select_from(inbox.Event).where(inbox.Event.state == "new")
    left["events"] = session.scalar(new) or 0
    return +left


def reached(session: orm.Session, traffic: vendor.Traffic, twin: wechat.Twin) -> Verdict:
    """Compare what was said and shown with what is stored."""
    logged = Counter(
        session.scalars(sa.select(log.Message.provider_id).where(log.Message.direction == "in"))
    )
    effects = _effects(session)
    commands = [said.token for said in traffic.said if said.effect]
    shown = _shown(twin, {said.openid for said in traffic.said} | set(_reps(session)))
    return Verdict(
        messages=len(traffic.said),
        unacknowledged=len(traffic.said) - len(traffic.acknowledged),
        lost=sum(logged[str(number)] == 0 for number in traffic.acknowledged),
        logged_twice=sum(count > 1 for number, count in logged.items() if number),
        effects_missing=sum(effects[token] == 0 for token in commands),
        effects_doubled=sum(effects[token] > 1 for token in commands),
        unfinished=unfinished(session),
        dead=_dead(session),
        **_sends(session, shown),
    )


def _effects(session: orm.Session) -> Counter[str]:
    texts = [
        *session.scalars(sa.select(activities.Activity.text)),
        *session.scalars(sa.select(deals.Deal.title)),
    ]
    return Counter(token for text in texts for token in TOKEN.findall(text))


def _dead(session: orm.Session) -> int:
    events = sa.select(sa.func.count()).select_from(inbox.Event).where(inbox.Event.state == "dead")
    buried = sa.select(sa.func.count()).select_from(jobs.Job).where(jobs.Job.state == "dead")
    return (session.scalar(events) or 0) + (session.scalar(buried) or 0)


def _reps(session: orm.Session) -> Sequence[str]:
    query = sa.select(addresses.Address.value).where(addresses.Address.rep_id.is_not(None))
    return session.scalars(query).all()


def _mark(openid: str, text: str) -> Mark:
    tokens = frozenset(TOKEN.findall(text))
    return openid, tokens or frozenset([text])


def _shown(twin: wechat.Twin, openids: set[str]) -> Counter[Mark]:
    """How often each delivery's words came to a phone."""
    return Counter(
        _mark(openid, entry.text)
        for openid in openids
        for entry in twin.phone(openid).entries
        if entry.direction == "in"
    )


def _sends(session: orm.Session, shown: Mapping[Mark, int]) -> dict[str, int]:
    query = (
        sa.select(outbox.Delivery, addresses.Address.value, log.Message.text)
        .join(log.Message, log.Message.id == outbox.Delivery.message_id)
        .join(addresses.Address, addresses.Address.id == outbox.Delivery.address_id)
    )
    expected: Counter[Mark] = Counter()
    flagged: set[Mark] = set()
    found: Counter[str] = Counter()
    rows: list[Any] = list(session.execute(query))
    for delivery, openid, text in rows:
        mark = _mark(openid, text)
        expected[mark] += 1
        found["unknown"] += delivery.state == "unknown"
        if delivery.state == "unknown" or delivery.maybe_duplicate:
            flagged.add(mark)
        found["vanished"] += delivery.state == "sent" and not shown.get(mark)
    for mark, times in shown.items():
        extra = max(0, times - expected[mark])
        found["doubles"] += extra
        found["unflagged"] += extra if mark not in flagged else 0
    return {name: found[name] for name in ("unknown", "vanished", "doubles", "unflagged")}
