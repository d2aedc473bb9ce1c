"""Readers: what was said in a slot becomes a record or a value of the type a command asks for.

A reader raises `command.Ask` where a good colleague would ask back, a `Refusal` where the answer is
no, and notes a doubt where the command may run once the rep has confirmed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot import command, finding, wording
from crm_core import customers, deals, errors, people, pipelines, tasks

FAR = dt.timedelta(days=731)
BARE = Decimal(99)
"""A bare amount up to this is asked about: 18 元 or 18 万?"""
SMALL_CURRENCIES = ("CNY", "USD", "EUR", "HKD")

Slots = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Amount:
    """An amount as said: a value, or a change of the present one by `delta` or `factor`."""

    value: Decimal | None = None
    delta: Decimal | None = None
    factor: Decimal | None = None
    currency: str = ""

    def applied_to(self, old: Decimal | None) -> Decimal:
        """What it makes of the present amount; Refusal deal.no-amount for a change of nothing."""
        if self.value is not None:
            return self.value
        if old is None:
            raise errors.Refusal("deal.no-amount")
        if self.delta is not None:
            return old + self.delta
        return (old * (self.factor or 1)).quantize(Decimal("0.01"))


def read(turn: command.Turn, slot: command.Slot, slots: Slots) -> Any:
    """The value for one parameter of a command, its default where nothing was said."""
    reader = READERS.get(slot.type)
    value = reader(turn, slot, slots) if reader else slots.get(slot.name)
    if value is None or value == "":
        if slot.required:
            raise _missing(turn, slot)
        return slot.default
    return value


def _missing(turn: command.Turn, slot: command.Slot) -> Exception:
    _ = turn.say
    prompts = {
        "text": _("What should I write?"),
        "amount": _("How much? For example 8.5w"),
        "name": _("What is the customer called?"),
        "stage": _("To which stage?"),
        "at": _("When? For example: tomorrow 3pm"),
        "date": _("On which day? For example: 30 June"),
    }
    prompt = prompts.get(slot.name)
    if prompt is None:
        return errors.Refusal("slot.missing", slot=slot.name)
    return command.Ask(prompt, _suggestions(turn, slot), free=slot.name)


def _suggestions(turn: command.Turn, slot: command.Slot) -> Sequence[command.Option]:
    if slot.type is pipelines.Stage:
        known = [step for step in pipelines.stages(turn.session) if step.outcome == "open"]
        return [
            command.Option(label=stage_name(turn, step), patch={"stage": step.key})
            for step in known
        ]
    if slot.name != "at":
        return []
    _, now = turn.say, turn.said_at.astimezone(turn.zone)
    morning = (now + dt.timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    return [
        command.Option(label=_("in an hour"), patch={"at": now + dt.timedelta(hours=1)}),
        command.Option(label=_("tomorrow 09:00"), patch={"at": morning}),
    ]


def stage_name(turn: command.Turn, step: pipelines.Stage) -> str:
    """A stage's name in the rep's language."""
    return step.name_zh if turn.language == "zh" else step.name_en


def _customer(turn: command.Turn, slot: command.Slot, slots: Slots) -> customers.Customer | None:
    written = str(slots.get("customer") or slots.get("contact") or "").strip()
    if slot.required:
        return finding.customer(turn, written)
    return finding.customer(turn, written) if finding.is_known(turn, written) else None


def _deal(turn: command.Turn, _slot: command.Slot, slots: Slots) -> deals.Deal:
    number = slots.get("deal")
    if isinstance(number, int):
        return deals.get(turn.session, turn.rep, number)
    customer = finding.customer(turn, str(slots.get("customer") or "").strip())
    return finding.deal(turn, customer, slots)


def _task(turn: command.Turn, _slot: command.Slot, slots: Slots) -> tasks.Task:
    return finding.task(turn, slots)


def _stage(turn: command.Turn, slot: command.Slot, slots: Slots) -> pipelines.Stage | None:
    said = slots.get(slot.name)
    if not said:
        return None
    known = pipelines.stages(turn.session)
    wanted = str(said).strip().casefold()
    for step in known:
        if wanted in (step.key, step.name_zh, step.name_en.casefold()):
            return step
    if wanted in ("@next", "@previous"):
        return _neighbour(turn, slots, known, 1 if wanted == "@next" else -1)
    raise errors.NotFound("stage.unknown", key=said, known=[stage_name(turn, s) for s in known])


def _neighbour(
    turn: command.Turn, slots: Slots, known: Sequence[pipelines.Stage], step: int
) -> pipelines.Stage:
    deal = _deal(turn, _DEAL, slots)
    keys = [stage.key for stage in known]
    place = keys.index(deal.stage) + step
    if not 0 <= place < len(known) or known[place].outcome == "lost":
        raise errors.Refusal("stage.no-neighbour", title=deal.title)
    return known[place]


def _amount(turn: command.Turn, slot: command.Slot, slots: Slots) -> Amount | None:
    currency = str(slots.get("currency") or "")
    if slots.get("delta") is not None or slots.get("factor") is not None:
        return Amount(
            delta=_decimal(slots.get("delta")),
            factor=_decimal(slots.get("factor")),
            currency=currency,
        )
    value = _decimal(slots.get(slot.name))
    if value is None:
        _ask_range(turn, slot, slots)
        return None
    if 0 < value <= BARE and not currency:
        raise _bare(turn, slot, value)
    if slots.get("amount_ambiguous"):
        shown = wording.money(value, currency or "CNY", turn.language)
        turn.doubt(turn.say("I read the amount as {amount}.", amount=shown))
    return Amount(value=value, currency=currency)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


def _ask_range(turn: command.Turn, slot: command.Slot, slots: Slots) -> None:
    ends = {_decimal(slots.get("low")), _decimal(slots.get("high"))} - {None}
    if not ends:
        return
    currency = str(slots.get("currency") or "CNY")
    options = [
        command.Option(
            label=wording.money(end, currency, turn.language),
            patch={
                slot.name: end,
                "low": None,
                "high": None,
                "amount_ambiguous": None,
                "currency": currency,
            },
        )
        for end in sorted(end for end in ends if end is not None)
    ]
    raise command.Ask(turn.say("Which amount shall I write down?"), options, free=slot.name)


def _bare(turn: command.Turn, slot: command.Slot, value: Decimal) -> command.Ask:
    options = [
        command.Option(
            label=wording.money(each, "CNY", turn.language),
            patch={slot.name: each, "currency": "CNY", "amount_ambiguous": None},
        )
        for each in (value * wording.WAN, value)
    ]
    return command.Ask(turn.say("How much is meant?"), options, free=slot.name)


def _day(turn: command.Turn, slot: command.Slot, slots: Slots) -> dt.date | None:
    value: dt.date | None = slots.get(slot.name) or slots.get(
        "close_date" if slot.name == "date" else "date"
    )
    if value is None:
        _ask_day(turn, slot, slots)
        return None
    if isinstance(value, dt.datetime):
        value = value.astimezone(turn.zone).date()
    today = turn.said_at.astimezone(turn.zone).date()
    _check(turn, past=value < today, far=value > today + FAR)
    return value


def _moment(turn: command.Turn, slot: command.Slot, slots: Slots) -> dt.datetime | None:
    value: dt.date | None = slots.get(slot.name) or slots.get("date")
    if value is None:
        _ask_day(turn, slot, slots)
        return None
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time(9), turn.zone)
    return value


def _ask_day(turn: command.Turn, slot: command.Slot, slots: Slots) -> None:
    """2月30日 is asked about, never corrected."""
    if slots.get("invalid"):
        raise command.Ask(turn.say("There is no such day. Which one do you mean?"), free=slot.name)


def _check(turn: command.Turn, *, past: bool, far: bool) -> None:
    if past:
        turn.doubt(turn.say("That day has passed."))
    if far:
        turn.doubt(turn.say("That is more than two years from now."))


def due(turn: command.Turn, at: dt.datetime) -> dt.datetime:
    """A due time, doubted when it has passed or is far away."""
    _check(turn, past=at <= turn.said_at, far=at > turn.said_at + FAR)
    return at


def _rep(turn: command.Turn, slot: command.Slot, slots: Slots) -> people.Rep | None:
    name = str(slots.get(slot.name) or "").strip().lstrip("@")
    if not name:
        return None
    active = [rep for rep in people.everyone(turn.session) if rep.active]
    exact = [rep for rep in active if rep.name == name]
    ending = [rep for rep in active if name[:1] in "小老" and rep.name.startswith(name[1:])]
    found = exact or ending
    if len(found) == 1:
        return found[0]
    if not found:
        raise errors.NotFound("rep.unknown", name=name)
    options = [command.Option(label=rep.name, patch={slot.name: rep.name}) for rep in found]
    raise command.Ask(turn.say("Which colleague?"), options)


def _page(_turn: command.Turn, slot: command.Slot, slots: Slots) -> int | None:
    value = slots.get(slot.name)
    return int(value) if value is not None else None


_DEAL = command.Slot(name="deal", parameter="deal", type=deals.Deal, required=True, default=None)
READERS: Mapping[Any, Callable[[command.Turn, command.Slot, Slots], Any]] = {
    customers.Customer: _customer,
    deals.Deal: _deal,
    tasks.Task: _task,
    pipelines.Stage: _stage,
    people.Rep: _rep,
    Amount: _amount,
    dt.date: _day,
    dt.datetime: _moment,
    int: _page,
}
