"""Change sets in words: one line for the trace, and what each record and field is called."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import orm

from admin_web import phrases
from crm_core import audit, pipelines

MAJOR = ("deals", "tasks", "activities", "customers", "contacts", "addresses")
"""Which record of a change set is the news, the first of these that it touches."""
FIELDS = ("stage", "amount", "close_date", "status", "text", "due_at", "owner_id", "name")
"""Which of its fields is the news; stages, say, bring status and probability along."""
TEN_THOUSAND, THOUSAND = 10_000, 1_000


def summary(
    session: orm.Session, change_set: audit.ChangeSet, _: phrases.Say, language: str
) -> str:
    """One line on a change set, such as "deal D45 报价→谈判"; empty for bookkeeping."""
    made = sorted(audit.changes_of(session, change_set), key=_weight)
    made = [change for change in made if change.record in MAJOR]
    if not made:
        return ""
    line = _line(session, made[0], _, language)
    others = {(change.record, change.record_id) for change in made} - {
        (made[0].record, made[0].record_id)
    }
    if change_set.undoes_id is not None:
        line = _("undone: {line}", line=line)
    return f"{line} +{len(others)}" if others else line


def _weight(change: audit.Change) -> tuple[int, int]:
    record = MAJOR.index(change.record) if change.record in MAJOR else len(MAJOR)
    field = FIELDS.index(change.field) if change.field in FIELDS else len(FIELDS)
    return record, field


def _line(session: orm.Session, change: audit.Change, _: phrases.Say, language: str) -> str:
    record = record_name(change, _)
    if change.field == audit.CREATED:
        return _("new: {record}", record=record)
    if change.field == audit.DELETED:
        return _("removed: {record}", record=record)
    old, new = (value_shown(session, change, v, language) for v in (change.old, change.new))
    if change.field in ("stage", "status"):
        return f"{record} {old}→{new}"
    return f"{record} {field_name(change.field, _)} {old}→{new}"


def record_name(change: audit.Change, _: phrases.Say) -> str:
    """What a changed record is called, with its number."""
    number = change.record_id
    names = {
        "deals": _("deal D{id}", id=number),
        "tasks": _("task T{id}", id=number),
        "customers": _("customer #{id}", id=number),
        "contacts": _("contact"),
        "activities": _("note"),
        "addresses": _("address"),
    }
    return names.get(change.record, f"{change.record} {number}")


def field_name(field: str, _: phrases.Say) -> str:
    """What a field is called; its own name where people never see it."""
    names = {
        "stage": _("stage"),
        "status": _("status"),
        "amount": _("amount"),
        "probability": _("probability"),
        "close_date": _("expected close"),
        "closed_at": _("closed"),
        "lost_reason": _("reason lost"),
        "owner_id": _("owner"),
        "name": _("name"),
        "title": _("title"),
        "text": _("text"),
        "due_at": _("due"),
        "done_at": _("done"),
        audit.CREATED: _("created"),
        audit.DELETED: _("removed"),
    }
    return names.get(field, field)


def value_shown(session: orm.Session, change: audit.Change, value: Any, language: str) -> str:
    """A field's value as people write it: stages by name, amounts in 万 or k."""
    if value is None or value == "":
        return "–"
    if isinstance(value, dict):
        kept = {name: part for name, part in value.items() if part not in (None, "", [])}
        return "\n".join(f"{name}: {part}" for name, part in kept.items())
    if change.record == "deals" and change.field == "stage":
        known = {step.key: step for step in pipelines.stages(session)}
        step = known.get(str(value))
        if step is not None:
            return step.name_zh if language == "zh" else step.name_en
    return money(str(value), language) if change.field == "amount" else str(value)


def money(amount: str, language: str) -> str:
    """8.5万 in Chinese, 85k in English; small sums in full."""
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return amount
    unit, mark = (TEN_THOUSAND, "万") if language == "zh" else (THOUSAND, "k")
    if abs(number) >= unit:
        return f"{number / unit:.2f}".rstrip("0").rstrip(".") + mark
    return f"{number:.2f}".rstrip("0").rstrip(".")
