"""Commands about deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from bot import command, readers, replies, wording
from bot.phrases import N_
from crm_core import customers, deals, people, pipelines

commands = command.Commands("deals")
PAGE = 4
TEN = 10
REASONS = (
    N_("price"),
    N_("competitor"),
    N_("no budget"),
    N_("no need"),
    N_("no answer"),
    N_("timing"),
)


def _owner(turn: command.Turn, deal: deals.Deal) -> customers.Customer:
    return turn.session.get_one(customers.Customer, deal.customer_id)


def _done(turn: command.Turn, deal: deals.Deal) -> command.Done:
    return command.Done(customer=_owner(turn, deal), deal=deal)


def _weigh(turn: command.Turn, deal: deals.Deal, new: Decimal) -> None:
    """Never off by ten: an amount ten times or a tenth of the old one is asked about."""
    old = deal.amount
    if old and (new >= old * TEN or new * TEN <= old):
        before, after = (replies.money(turn, each, deal.currency) for each in (old, new))
        turn.doubt(
            turn.say("The amount goes from {before} to {after}.", before=before, after=after)
        )


@commands.command(
    "new_deal",
    names=(("新商机", "建单"), ("new deal",)),
    examples=("新商机 华星科技 年度框架 8.5w 6月30日", "new deal 华星科技 85k by 30 Jun"),
    summary=N_("Open a deal"),
    risk=command.Risk.WRITE,
)
def new_deal(
    turn: command.Turn,
    customer: customers.Customer,
    *,
    title: str = "",
    amount: readers.Amount | None = None,
    close_date: dt.date | None = None,
    stage: pipelines.Stage | None = None,
) -> command.Done:
    """Open a deal with this customer, owned by the rep."""
    value = amount.applied_to(None) if amount else None
    step = stage if stage and stage.outcome == "open" else None
    deal = deals.create(
        turn.session,
        customer,
        title,
        now=turn.now,
        owner_id=turn.rep.id,
        amount=value,
        currency=amount.currency if amount else "",
        close_date=close_date,
        stage=step.key if step else "contacted",
    )
    fact = turn.say("new deal D{id}", id=deal.id)
    return command.Done(customer=customer, deal=deal, facts=(fact,))


@commands.command(
    "stage",
    names=(("到", "推进到", "进入"), ("move to", "stage")),
    examples=("华星科技 到 谈判", "华星科技 -> negotiation"),
    summary=N_("Move a deal to another stage"),
    risk=command.Risk.WRITE,
)
def stage(turn: command.Turn, deal: deals.Deal, stage: pipelines.Stage) -> command.Result:
    """Move the customer's open deal; won and lost are asked about like their own commands."""
    if stage.outcome == "lost":
        raise _why_lost(turn, deal)
    turn.must_confirm = turn.must_confirm or stage.outcome == "won"
    deals.move(turn.session, deal, stage.key, turn.now)
    return _done(turn, deal)


@commands.command(
    "amount",
    names=(("改金额", "金额", "谈到"), ("amount",)),
    examples=("华星科技 改9w", "amount 华星科技 90k"),
    summary=N_("Change the amount of a deal"),
    risk=command.Risk.WRITE,
)
def amount(turn: command.Turn, deal: deals.Deal, amount: readers.Amount) -> command.Result:
    """Set the amount, or change it by a sum or a factor."""
    new = amount.applied_to(deal.amount)
    _weigh(turn, deal, new)
    deals.set_amount(deal, new, turn.now, amount.currency)
    return _done(turn, deal)


@commands.command(
    "close_date",
    names=(("预计", "签约日期"), ("expect", "close")),
    examples=("华星科技 预计下个月15号签", "expect 华星科技 15 Dec"),
    summary=N_("Say when a deal will be signed"),
    risk=command.Risk.WRITE,
)
def close_date(turn: command.Turn, deal: deals.Deal, date: dt.date) -> command.Result:
    """Set the day the deal is expected to close."""
    deals.set_close_date(deal, date, turn.now)
    return _done(turn, deal)


@commands.command(
    "won",
    names=(("赢单", "成交", "签了"), ("won", "signed")),
    examples=("华星科技 赢单 8.5w", "won 华星科技 85k"),
    summary=N_("Mark a deal as won"),
    risk=command.Risk.CONFIRM,
)
def won(
    turn: command.Turn, deal: deals.Deal, amount: readers.Amount | None = None
) -> command.Result:
    """The deal is signed, perhaps for another amount."""
    new = amount.applied_to(deal.amount) if amount else None
    if new is not None:
        _weigh(turn, deal, new)
    if new is not None and amount and amount.currency:
        deal.currency = amount.currency
    deals.win(turn.session, deal, turn.now, new)
    return _done(turn, deal)


@commands.command(
    "lost",
    names=(("输单", "丢单", "黄了"), ("lost",)),
    examples=("华星科技 输单 价格太高", "lost 华星科技, price too high"),
    summary=N_("Mark a deal as lost"),
    risk=command.Risk.CONFIRM,
)
def lost(turn: command.Turn, deal: deals.Deal, reason: str = "") -> command.Result:
    """The deal is lost; the reason is asked for."""
    if not reason.strip():
        raise _why_lost(turn, deal)
    deals.lose(turn.session, deal, reason.strip(), turn.now)
    return _done(turn, deal)


def _why_lost(turn: command.Turn, deal: deals.Deal) -> command.Ask:
    _ = turn.say
    name = _owner(turn, deal).name
    options = [
        command.Option(label=_(reason), clauses=(("lost", {"deal": deal.id, "reason": _(reason)}),))
        for reason in REASONS
    ]
    return command.Ask(_("Why was {name} lost? Or write it.", name=name), options, free="reason")


@commands.command(
    "deals",
    names=(("商机", "我的商机"), ("deals",)),
    examples=("商机", "deals"),
    summary=N_("Your open deals"),
)
def list_deals(
    turn: command.Turn,
    *,
    stage: pipelines.Stage | None = None,
    min_: readers.Amount | None = None,
    max_: readers.Amount | None = None,
    owner: people.Rep | None = None,
    scope: str = "",
    page: int = 1,
) -> command.Shown:
    """Open deals, the next to close first, four a page."""
    found = deals.listed(turn.session, turn.rep, *_wanted(turn, stage, (min_, max_), owner, scope))
    _ = turn.say
    if not found:
        return command.Shown(lines=(_("No open deals."),))
    shown = found[(page - 1) * PAGE : page * PAGE]
    if not shown:
        return command.Shown(lines=(_("That was all."),))
    labels = [_line(turn, deal) for deal in shown]
    lines = [_("Open deals: {count} · {sum}", count=len(found), sum=_sums(turn, found))]
    lines += [f"{number} {label}" for number, label in enumerate(labels, 1)]
    more = {"page": page + 1} if len(found) > page * PAGE else None
    if more:
        lines.append(_("Send “more” for the rest"))
    picks = [
        command.Option(label=label, clauses=(("query", {"deal": deal.id}),))
        for label, deal in zip(labels, shown, strict=True)
    ]
    return command.Shown(
        lines=tuple(lines),
        listed=tuple(f"D{deal.id}" for deal in shown),
        picks=command.Ask(lines[0], picks, kind="list"),
        more=more,
    )


def _wanted(
    turn: command.Turn,
    stage: pipelines.Stage | None,
    bounds: tuple[readers.Amount | None, readers.Amount | None],
    owner: people.Rep | None,
    scope: str,
) -> Sequence[sa.ColumnElement[bool]]:
    conditions = []
    if owner is not None or scope not in ("team", "all"):
        conditions.append(deals.Deal.owner_id == (owner or turn.rep).id)
    if stage is not None:
        conditions.append(deals.Deal.stage == stage.key)
    low, high = bounds
    if low is not None and low.value is not None:
        conditions.append(deals.Deal.amount >= low.value)
    if high is not None and high.value is not None:
        conditions.append(deals.Deal.amount <= high.value)
    return conditions


def _line(turn: command.Turn, deal: deals.Deal) -> str:
    """华星科技 · 谈判 · 8.5万 · 12月30日(周三) D45."""
    parts = [_owner(turn, deal).name, replies.stage(turn, deal.pipeline, deal.stage)]
    if deal.amount is not None:
        parts.append(replies.money(turn, deal.amount, deal.currency))
    if deal.close_date is not None:
        parts.append(replies.day(turn, deal.close_date))
    return f"{' · '.join(parts)} D{deal.id}"


def _sums(turn: command.Turn, found: Sequence[deals.Deal]) -> str:
    """One sum for each currency: there are no rates to add them up by."""
    totals: dict[str, Decimal] = {}
    for deal in found:
        if deal.amount is not None:
            totals[deal.currency] = totals.get(deal.currency, Decimal(0)) + deal.amount
    shown = [wording.money(total, currency, turn.language) for currency, total in totals.items()]
    return " + ".join(shown) or "–"
