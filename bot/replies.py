"""Replies: the echo of a write, the confirmation before it, numbered questions and lists.

One screen: the answer first, then facts, one a line, then at most one hint (COMMANDS §6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from bot import command, phrases, readers, wording
from channels import messages
from crm_core import audit, customers, deals, pipelines

LINES = 6
SHORT_FACT = 24
ONE_A_LINE = 4
"""Up to so many options stand one a line; more are set two a line, to stay on one screen."""


def shortened(text: str, limit: int) -> str:
    """The text in at most `limit` characters, with … where it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def one_line(text: str, limit: int) -> str:
    """The text without line breaks, shortened."""
    return shortened(" ".join(text.split()), limit)


def person(name: str, company: str) -> str:
    """Somebody at a customer: 张伟(华星科技), or the name alone when both are one."""
    return f"{name}({company})" if name and name != company else company


def phone(number: str) -> str:
    """A stored number as people here write it: a mobile of this country without +86."""
    return number.removeprefix("+86") if number.startswith("+861") else number


def channel(_: phrases.Say, kind: str) -> str:
    """A channel's name."""
    names = {"wechat": _("WeChat"), "wecom": _("WeCom"), "email": _("E-mail"), "phone": _("SMS")}
    return names.get(kind, kind)


def echo(turn: command.Turn, results: Sequence[command.Result]) -> str:
    """What was done, in one line for each customer concerned; long facts stand below."""
    lines: list[str] = []
    notes: list[str] = []
    for customer, done in _by_customer(results):
        parts = [customer.name] if customer and any(each.named for each in done) else []
        for fact in _facts(turn, done):
            if len(fact) <= SHORT_FACT or not parts:
                parts.append(fact)
            else:
                notes.append(fact)
        lines.append(" · ".join(parts))
        notes += [note for each in done for note in each.notes]
    return "\n".join([*lines, *notes])


def _by_customer(
    results: Sequence[command.Result],
) -> Sequence[tuple[customers.Customer | None, list[command.Done]]]:
    groups: dict[int | None, tuple[customers.Customer | None, list[command.Done]]] = {}
    for result in results:
        if isinstance(result, command.Done):
            key = result.customer.id if result.customer else None
            groups.setdefault(key, (result.customer, []))[1].append(result)
    return list(groups.values())


def _facts(turn: command.Turn, done: Sequence[command.Done]) -> list[str]:
    facts: list[str] = []
    told: set[int] = set()
    for each in done:
        facts += [fact for fact in each.facts if fact not in facts]
        if each.deal is not None and each.deal.id not in told:
            told.add(each.deal.id)
            facts += deal_facts(turn, each.deal)
    return facts


def deal_facts(turn: command.Turn, deal: deals.Deal) -> list[str]:
    """A deal's stage, amount and day; what this line changed is shown as old→new."""
    old = {
        change.field: change.old
        for change in reversed(turn.changes.changes)
        if change.record == deal.__tablename__
        and change.record_id == deal.id
        and change.field not in (audit.CREATED, audit.DELETED)
    }
    shown = [
        _changed(old, "title", deal.title, str) if _named(turn, deal) else "",
        _changed(old, "stage", deal.stage, lambda key: stage(turn, deal.pipeline, key)),
        _changed(old, "amount", deal.amount, lambda value: _amount(turn, deal, old, value)),
        _closing(turn, deal, old),
        deal.lost_reason if deal.status == "lost" else "",
    ]
    return [fact for fact in shown if fact]


def _changed(old: Mapping[str, Any], field: str, now: Any, shown: Any) -> str:
    if field not in old:
        return str(shown(now)) if now is not None else ""
    before, after = (shown(value) if value is not None else "–" for value in (old[field], now))
    return f"{before}→{after}" if before != after else str(after)


def _named(turn: command.Turn, deal: deals.Deal) -> bool:
    """Whether the deal's title says which one it is."""
    customer = turn.session.get_one(customers.Customer, deal.customer_id)
    return deal.title != customer.name


def stage(turn: command.Turn, pipeline: str, key: str) -> str:
    """A stage's name in the rep's language."""
    return readers.stage_name(turn, pipelines.stage(turn.session, key, pipeline))


def _amount(turn: command.Turn, deal: deals.Deal, old: Mapping[str, Any], value: Any) -> str:
    before = value is not deal.amount
    currency = str(old.get("currency", deal.currency)) if before else deal.currency
    return wording.money(Decimal(str(value)), currency, turn.language)


def _closing(turn: command.Turn, deal: deals.Deal, old: Mapping[str, Any]) -> str:
    if deal.status != "open":
        return ""
    text = _changed(old, "close_date", deal.close_date, lambda value: day(turn, value))
    return turn.say("expected {day}", day=text) if text else ""


def day(turn: command.Turn, value: date | str) -> str:
    """A day with its weekday, in the rep's language."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return wording.day(when, turn.now.astimezone(turn.zone).date(), turn.language)


def money(turn: command.Turn, amount: Decimal, currency: str) -> str:
    """An amount in the rep's language."""
    return wording.money(amount, currency, turn.language)


def done(turn: command.Turn, results: Sequence[command.Result], text: str) -> str:
    """The answer to a write that was carried out."""
    _ = turn.say
    undo = next(
        (each.undo for each in results if isinstance(each, command.Done) and each.undo is not None),
        _("Send “undo” to take it back"),
    )
    return "\n".join(line for line in (f"✓ {text}", *turn.hints, undo) if line)


def confirmation(turn: command.Turn, text: str) -> command.Ask:
    """What would happen and why that is asked about, before anything does."""
    _ = turn.say
    head = _("Please confirm: {what}", what=text)
    sure = command.Option(label=_("Confirm"), sure=True)
    return command.Ask("\n".join([head, *turn.doubts]), [sure], kind="confirm")


def asked(_: phrases.Say, question: Mapping[str, Any]) -> tuple[str, tuple[messages.Choice, ...]]:
    """An open question as text and as things to tap."""
    no = question.get("no")
    cancel = messages.Choice(label=no["label"] if no else _("Cancel"), value="0")
    if question["kind"] == "confirm":
        text = f"{question['prompt']}\n{_('Send 1 to confirm, 0 to cancel')}"
        return text, (messages.Choice(label=_("Confirm"), value="1"), cancel)
    labels = [option["label"] for option in question["options"]]
    choices = tuple(
        messages.Choice(label=label, value=str(number)) for number, label in enumerate(labels, 1)
    )
    if question["kind"] == "list":
        return question["prompt"], choices
    lines = [question["prompt"], *numbered(labels)]
    if labels:
        lines[-1] = f"{lines[-1]}   0 {cancel.label}"
    return "\n".join(lines), (*choices, cancel) if choices else ()


def numbered(labels: Sequence[str]) -> list[str]:
    """Options with their numbers, one a line or, when there are many, two."""
    items = [f"{number} {label}" for number, label in enumerate(labels, 1)]
    if len(items) <= ONE_A_LINE:
        return items
    return ["   ".join(items[place : place + 2]) for place in range(0, len(items), 2)]
