"""A company with two teams, and who of it may do what: what the matrix tests share.

Everything hangs on one customer of 王丽's. Whoever may not see that customer must not find any of
`SECRETS` in an answer, whatever was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import orm

from channels import contract
from conversations import log, threads, windows
from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    deals,
    people,
    pipelines,
    sharing,
    tasks,
)

OWNER, OTHER, MANAGER, OTHER_MANAGER, ADMIN = "王丽", "李强", "赵敏", "孙经理", "老板"
ROLES = (OWNER, OTHER, MANAGER, OTHER_MANAGER, ADMIN)
"""The columns of a row: rep (own), rep (other team), manager (own team), manager (other), admin."""
LEAVER = "离职者"
"""A rep of the customer's own team whose access has been ended."""
SCOPED, EVERYBODY, ADMINS, MANAGERS = "+-+-+", "+++++", "xxxx+", "xx+++"
NAME = "金盾仪表"
SECRETS = (
    NAME,
    "钱多多",
    "13812345678",
    "138****5678",
    "5678",
    "机密报价",
    "秘密消息",
    "8万",
    "80,000",
)
RULE = contract.WindowRule(messages=5, lasts=timedelta(hours=48))


@dataclass
class Company:
    """Numbers of what there is; customer, deal, task and so on are those of the one customer."""

    reps: dict[str, int] = field(default_factory=dict)
    customer: int = 0
    spare: int = 0
    """Another customer of the same owner."""
    pool: int = 0
    foreign: int = 0
    """A customer of the rep of the other team."""
    deal: int = 0
    task: int = 0
    activity: int = 0
    conversation: int = 0
    request: int = 0
    """The other team's rep asks for the customer."""


def founded(session: orm.Session, now: datetime) -> Company:
    """Two teams, and customers of both."""
    pipelines.ensure_default(session)
    made = Company()
    everybody: tuple[tuple[str, str, str], ...] = (
        (OWNER, "rep", "东区"),
        (OTHER, "rep", "西区"),
        (MANAGER, "manager", "东区"),
    )
    everybody += ((OTHER_MANAGER, "manager", "西区"), (ADMIN, "admin", ""), (LEAVER, "rep", "东区"))
    for name, role, team in everybody:
        made.reps[name] = people.add(session, name, people.Role(role), now=now, team=team).id
    people.disable(session, people.named(session, LEAVER), now)
    wang, li = made.reps[OWNER], made.reps[OTHER]
    made.spare = customers.create(session, "金盾备用", now=now, owner_id=wang).id
    made.pool = customers.create(session, "公海厂", now=now).id
    made.foreign = customers.create(session, "西边公司", now=now, owner_id=li).id
    with audit.changing(session, actor=f"rep:{wang}", cause="message:0", now=now, rep_id=wang):
        customer = customers.create(session, NAME, now=now, owner_id=wang)
    made.customer = customer.id
    _furnished(session, made, customer, now)
    made.request = sharing.request(session, people.named(session, OTHER), customer, now).id
    session.flush()
    return made


def _furnished(
    session: orm.Session, made: Company, customer: customers.Customer, now: datetime
) -> None:
    wang = made.reps[OWNER]
    contact = customers.add_contact(session, customer, "钱多多", now=now)
    addresses.add(session, "phone", "13812345678", contact_id=contact.id, now=now)
    deal = deals.create(
        session, customer, "", now=now, owner_id=wang, amount=Decimal(80000), stage="proposal"
    )
    deal.close_date = date(2026, 12, 30)
    due = now + timedelta(days=1)
    task = tasks.create(session, "催机密报价", due, now=now, owner_id=wang, customer_id=customer.id)
    note = activities.log(session, customer, "机密报价已发", now=now, rep_id=wang)
    made.deal, made.task, made.activity = deal.id, task.id, note.id
    address = addresses.add(
        session, "wechat", "o-qian", account="main", contact_id=contact.id, now=now
    )
    talk = threads.at(session, address, "wechat", "main", now)
    windows.opened(session, address.id, "main", RULE, now)
    said = log.Message(
        direction="in",
        author_kind="contact",
        author_id=contact.id,
        author_name=contact.name,
        kind="text",
        text="秘密消息",
        at=now,
        created_at=now,
    )
    log.append(session, talk, said)
    made.conversation = talk.id


def leaked(text: str, *, allowed: tuple[str, ...] = ()) -> list[str]:
    """The secrets that a text tells, but for those that may be told."""
    return [secret for secret in SECRETS if secret in text and secret not in allowed]


def sees(role: str) -> bool:
    """Whether that person may see the customer."""
    return role in (OWNER, MANAGER, ADMIN)
