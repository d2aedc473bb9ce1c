"""A company to be tormented: reps with bound chats, and customers of theirs who write by WeChat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import orm

from channels import contract
from channels.sandbox import wechat_callback
from conversations import accounts, windows
from crm_core import addresses, customers, people, pipelines

ACCOUNT = "main"
TWIN = wechat_callback.TwinAccount(
    app_id="wxchaos0000000000",
    secret="chaos-app-secret",
    token="chaos-token",
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
)
WROTE = contract.WindowRule(messages=5, lasts=timedelta(hours=48))


@dataclass(frozen=True, kw_only=True)
class Rep:
    """One of ours, and the numbers of the customers that belong to this person."""

    openid: str
    customers: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Company:
    """Everybody who has a phone."""

    reps: Sequence[Rep]
    customers: Sequence[str]
    """The customers' openids."""

    @property
    def openids(self) -> list[str]:
        """All of them."""
        return [*(rep.openid for rep in self.reps), *self.customers]


def found(session: orm.Session, reps: int, each: int, api_base: str, now: datetime) -> Company:
    """Take on `reps` people with `each` customers of their own, on one official account."""
    pipelines.ensure_default(session)
    settings = {
        "app_id": TWIN.app_id,
        "secret": TWIN.secret,
        "token": TWIN.token,
        "encoding_aes_key": TWIN.aes_key,
        "mode": TWIN.mode,
        "api_base": api_base,
    }
    accounts.put(session, "wechat", ACCOUNT, settings, now)
    staff = [_rep(session, number, each, now) for number in range(reps)]
    return Company(
        reps=staff, customers=[_openid(number) for rep in staff for number in rep.customers]
    )


def _openid(customer_id: int) -> str:
    return f"o-customer-{customer_id}"


def _rep(session: orm.Session, number: int, each: int, now: datetime) -> Rep:
    rep = people.add(session, f"销售{number}", people.Role.REP, now=now)
    openid = f"o-rep-{number}"
    address = addresses.add(session, "wechat", openid, account=ACCOUNT, rep_id=rep.id, now=now)
    windows.opened(session, address.id, ACCOUNT, WROTE, now)
    owned = tuple(_customer(session, rep, number * each + i + 1, now) for i in range(each))
    return Rep(openid=openid, customers=owned)


def _customer(session: orm.Session, rep: people.Rep, number: int, now: datetime) -> int:
    customer = customers.create(session, f"客户{number}", now=now, owner_id=rep.id)
    contact = customers.Contact(
        customer_id=customer.id, name=f"联系人{number}", title="", source="", created_at=now
    )
    session.add(contact)
    session.flush()
    addresses.add(
        session,
        "wechat",
        _openid(customer.id),
        account=ACCOUNT,
        contact_id=contact.id,
        now=now,
    )
    return customer.id
