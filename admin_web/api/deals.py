"""Deals over the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import pydantic
import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from crm_core import customers, deals, errors, people, pipelines, scope

operations = registry.Operations("deals")

LONGEST_TITLE = 200
LONGEST_REASON = 2000


class Filter(fields.Page):
    """All deals, or those of one customer, owner, state, or stage (by its key)."""

    customer_id: fields.QueryId | None = None
    owner_id: fields.QueryId | None = None
    status: Literal["open", "won", "lost"] | None = None
    stage: fields.Key | None = None


class NewDeal(fields.Body):
    """A deal to be. `stage` is a key; the owner is the customer's unless another is named."""

    customer_id: fields.BodyId
    title: fields.Words = pydantic.Field(max_length=LONGEST_TITLE)
    stage: fields.Key | None = None
    amount: fields.Money | None = None
    currency: fields.Currency | None = None
    close_date: fields.Day | None = None
    owner_id: fields.BodyId | None = None


class Changes(fields.Body):
    """The fields to change; those left out stay as they are."""

    title: fields.Words = pydantic.Field("", max_length=LONGEST_TITLE)
    stage: fields.Key = ""
    amount: fields.Money | None = None
    currency: fields.Currency = ""
    close_date: fields.Day | None = None
    probability: fields.Percent = 0
    owner_id: fields.BodyId = 0
    lost_reason: fields.Text = pydantic.Field("", max_length=LONGEST_REASON)


@operations.get("/deals")
def listed(session: orm.Session, asked: registry.Asked[Filter, None]) -> shapes.Page[shapes.Deal]:
    """Deals of customers the token's rep may see, the newest first."""
    query, deal = asked.query, deals.Deal
    found = session.scalars(
        sa.select(deal)
        .where(
            deals.visible(asked.rep),
            sa.true() if query.customer_id is None else deal.customer_id == query.customer_id,
            sa.true() if query.owner_id is None else deal.owner_id == query.owner_id,
            sa.true() if query.status is None else deal.status == query.status,
            sa.true() if query.stage is None else deal.stage == query.stage,
            cursors.beyond((deal.id,), cursors.after(query, int)),
        )
        .order_by(deal.id.desc())
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda deal: (deal.id,))
    items = [shapes.Deal.model_validate(facts) for facts in shaped(session, shown, asked.language)]
    return shapes.Page[shapes.Deal](items=items, next=further)


@operations.get("/deals/{id}")
def show(session: orm.Session, asked: registry.Asked[registry.Nothing, None]) -> shapes.Deal:
    """One deal."""
    return _shown(session, deals.get(session, asked.rep, asked.id), asked.language)


@operations.post("/deals")
def create(session: orm.Session, asked: registry.Asked[registry.Nothing, NewDeal]) -> shapes.Deal:
    """Open a deal with a customer."""
    body = asked.body
    customer = customers.get(session, asked.rep, body.customer_id)
    owner_id = customer.owner_id or asked.rep.id
    if body.owner_id is not None:
        owner_id = _assignable(session, asked.rep, body.owner_id)
    deal = deals.create(
        session,
        customer,
        body.title,
        now=asked.now,
        owner_id=owner_id,
        amount=body.amount,
        currency=body.currency or "",
        close_date=body.close_date,
    )
    if body.stage is not None:
        _move(session, deal, body.stage, asked.now)
    session.flush()
    return _shown(session, deal, asked.language)


@operations.patch("/deals/{id}")
def change(session: orm.Session, asked: registry.Asked[registry.Nothing, Changes]) -> shapes.Deal:
    """Change some fields of a deal; `stage` won and lost close it, any other reopens it."""
    deal, body = deals.get(session, asked.rep, asked.id), asked.body
    given = body.model_fields_set
    if "owner_id" in given:
        deal.owner_id = _assignable(session, asked.rep, body.owner_id)
    for name in given & {"title", "amount", "currency", "close_date"}:
        setattr(deal, name, getattr(body, name))
    if "stage" in given:
        _move(session, deal, body.stage, asked.now)
    if "lost_reason" in given:
        _explain(deal, body.lost_reason)
    if "probability" in given:
        deal.probability = body.probability
    if given:
        deal.updated_at = asked.now
    session.flush()
    return _shown(session, deal, asked.language)


def _move(session: orm.Session, deal: deals.Deal, stage: str, now: datetime) -> None:
    # Asking for the stage a deal is in already is no mistake: the answer shows it there.
    if stage != deal.stage:
        deals.move(session, deal, stage, now)


def _explain(deal: deals.Deal, reason: str) -> None:
    if deal.status != "lost" and reason:
        raise errors.Refusal("deal.not-lost")
    if deal.status == "lost":
        deal.lost_reason = reason


def _assignable(session: orm.Session, rep: people.Rep, owner_id: int) -> int:
    """The id, if this rep may make that person the owner: oneself, or who is within the scope."""
    owner = session.get(people.Rep, owner_id)
    if owner is None or not owner.active:
        raise errors.Refusal("owner.unknown", name=str(owner_id))
    if owner.id != rep.id and (
        rep.role == people.Role.REP or not scope.covers(session, rep, owner.id)
    ):
        name, record = str(owner_id), people.Rep.__tablename__
        raise errors.OutOfScope("owner.unknown", name=name, record=record, record_id=owner_id)
    return owner_id


def _shown(session: orm.Session, deal: deals.Deal, language: str) -> shapes.Deal:
    return shapes.Deal.model_validate(shaped(session, [deal], language)[0])


def shaped(
    session: orm.Session, found: Sequence[deals.Deal], language: str
) -> list[dict[str, Any]]:
    """The facts of these deals as the deal shapes take them."""
    used = {deal.pipeline for deal in found}
    stages = (
        session.scalars(sa.select(pipelines.Stage).where(pipelines.Stage.pipeline.in_(used)))
        if used
        else ()
    )
    known = {(stage.pipeline, stage.key): stage for stage in stages}
    return [facts(deal, known.get((deal.pipeline, deal.stage)), language) for deal in found]


def facts(deal: deals.Deal, stage: pipelines.Stage | None, language: str) -> dict[str, Any]:
    """One deal as the deal shapes take it; a stage that is no more is called by its key."""
    called = deal.stage
    if stage is not None:
        called = stage.name_zh if language == "zh" else stage.name_en
    return {
        "id": deal.id,
        "customer_id": deal.customer_id,
        "title": deal.title,
        "pipeline": deal.pipeline,
        "stage": shapes.Stage(key=deal.stage, name=called),
        "status": deal.status,
        "amount": None if deal.amount is None else str(deal.amount.quantize(Decimal("0.01"))),
        "currency": deal.currency,
        "close_date": deal.close_date,
        "probability": deal.probability,
        "owner_id": deal.owner_id,
        "lost_reason": deal.lost_reason,
    }
