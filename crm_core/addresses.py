"""Addresses: one way each to reach a contact or a rep, unique over the whole company."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import phonenumbers
import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, people, scope

VALUE_LIMIT = 320
TAIL = 8


class State(enum.StrEnum):
    """Whether words sent there arrive; opted_out outranks unreachable."""

    OK = "ok"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"


def _tail_of_new(context: Any) -> str | None:
    row = context.get_current_parameters()
    return row["value"][-TAIL:] if row["kind"] == "phone" else None


class Address(audit.Tracked, database.Base):
    """(kind, account, value) as in `channels.messages.Address`, and whose it is."""

    __tablename__ = "addresses"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    account: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    value: orm.Mapped[str] = orm.mapped_column(database.Text(VALUE_LIMIT))
    state: orm.Mapped[str] = orm.mapped_column(database.Text(16), default=State.OK)
    contact_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("contacts.id"), index=True)
    rep_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"), index=True)
    created_at: orm.Mapped[datetime]

    tail: orm.Mapped[str | None] = orm.mapped_column(
        database.Text(TAIL), default=_tail_of_new, index=True
    )
    """The last eight digits of a phone number: with and without codes they are the same."""

    __table_args__ = (sa.UniqueConstraint("kind", "account", "value"),)


def normalise(kind: str, value: str, region: str = "CN") -> str:
    """The one spelling under which an address is stored.

    Phones become E.164 where that is possible (short codes such as 95588 stay as they are),
    e-mail is case-folded with its domain in IDNA, everything else is trimmed.
    Raises Refusal address.invalid for what cannot be an address of that kind.
    """
    value = (
        unicodedata.normalize("NFKC", value).strip()
        if kind in ("phone", "email")
        else value.strip()
    )
    if not value or len(value) > VALUE_LIMIT:
        raise errors.Refusal("address.invalid", kind=kind, value=value[:40])
    if kind == "phone":
        return _phone(value, region)
    return _email(value) if kind == "email" else value


def _phone(value: str, region: str) -> str:
    spoken = re.sub(r"转|分机", " ext. ", value)
    try:
        number = phonenumbers.parse(spoken, region)
    except phonenumbers.NumberParseException:
        raise errors.Refusal("address.invalid", kind="phone", value=value[:40]) from None
    if phonenumbers.is_valid_number(number):
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{text};ext={number.extension}" if number.extension else text
    if re.fullmatch(r"\+?\d{3,15}", re.sub(r"[\s-]", "", value)):
        return re.sub(r"[\s-]", "", value)
    raise errors.Refusal("address.invalid", kind="phone", value=value[:40])


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    try:
        domain = domain.casefold().encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not at or not local or "." not in domain or re.search(r"[\s<>,;\"\r\n]", value):
        raise errors.Refusal("address.invalid", kind="email", value=value[:40])
    return f"{local.casefold()}@{domain}"


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Address` for those of contacts this person may see, and the own ones."""
    return sa.or_(scope.of_contact(rep, Address.contact_id), Address.rep_id == rep.id)


def find(session: orm.Session, kind: str, account: str, value: str) -> Address | None:
    """The address of exactly that normalised value, or None: one indexed look-up."""
    return session.scalar(
        sa.select(Address).where(
            Address.kind == kind, Address.account == account, Address.value == value
        )
    )


def add(
    session: orm.Session,
    kind: str,
    value: str,
    *,
    now: datetime,
    account: str = "",
    contact_id: int | None = None,
    rep_id: int | None = None,
) -> Address:
    """A new address. Raises Refusal address.taken with its holder when it is known already.

    Of several at the same moment one gets it, and the others are told of that one.
    """
    value = normalise(kind, value)
    known = find(session, kind, account, value)
    if known is not None:
        raise _taken(known)
    address = Address(
        kind=kind,
        account=account,
        value=value,
        state=State.OK,
        contact_id=contact_id,
        rep_id=rep_id,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(address)
            session.flush()
    except sa.exc.IntegrityError:
        known = find(session, kind, account, value)
        if known is None:
            raise
        raise _taken(known) from None
    return address


def _taken(known: Address) -> errors.Refusal:
    return errors.Refusal(
        "address.taken",
        kind=known.kind,
        value=known.value,
        contact_id=known.contact_id,
        rep_id=known.rep_id,
    )


def holding(session: orm.Session, ending: str, limit: int = 8) -> Sequence[Address]:
    """Contacts' phone addresses that end in these digits, newest first."""
    query = (
        sa.select(Address)
        .where(
            Address.kind == "phone",
            Address.contact_id.is_not(None),
            Address.value.endswith(ending, autoescape=True),
        )
        .order_by(Address.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


# Built once: for every command, building a statement would cost more than running it.
_OF_CONTACTS = (
    sa.select(Address)
    .where(Address.contact_id.in_(sa.bindparam("contacts", expanding=True)))
    .order_by(Address.id)
)


def of_contacts(session: orm.Session, contact_ids: Sequence[int]) -> Sequence[Address]:
    """All addresses of these contacts, oldest first."""
    if not contact_ids:
        return []
    return session.scalars(_OF_CONTACTS, {"contacts": list(contact_ids)}).all()


def of_rep(session: orm.Session, rep_id: int) -> Sequence[Address]:
    """All addresses bound to this rep, newest first."""
    query = sa.select(Address).where(Address.rep_id == rep_id).order_by(Address.id.desc())
    return session.scalars(query).all()
