"""Whatever is merged and taken apart, in whatever order: every row finds back."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_core import activities, customers, errors, homes, merging
from tests.crm_core import merged
from tests.crm_core.merged import LATER, NOW, merge, undo, unmerge

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "unmerge", "undo", "contacts", "write"]),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=14,
)


async def test_taking_every_merge_apart_in_any_order_restores_every_row(db):
    def work(session):
        company = merged.found(session, 6)
        before = merged.dump(session)

        @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(STEPS, st.randoms(use_true_random=False))
        def holds(steps, random):
            savepoint = session.begin_nested()
            try:
                _walk(company, [step for step in steps if step[0] != "write"])
                _take_all_apart(company, random)
                assert merged.dump(session) == before
            finally:
                savepoint.rollback()
                session.expire_all()

        holds()

    await db.run(work)


async def test_rows_written_in_between_keep_their_place_whatever_is_merged(db):
    def work(session):
        company = merged.found(session, 6)

        @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
        @given(STEPS, st.randoms(use_true_random=False))
        def holds(steps, random):
            savepoint = session.begin_nested()
            try:
                written = _walk(company, steps)
                _take_all_apart(company, random)
                session.expire_all()
                for note, customer_id in written:
                    assert note.customer_id == customer_id
                assert session.scalar(sa.select(sa.func.count(homes.Home.id))) == 0
            finally:
                savepoint.rollback()
                session.expire_all()

        holds()

    await db.run(work)


def _walk(company, steps):
    """Do the steps that are allowed; the notes that were written, each with its customer."""
    session, sets, written = company.session, [], []
    for verb, a, b in steps:
        try:
            with session.begin_nested():
                if verb == "merge":
                    sets.append(merge(company, a, b))
                elif verb == "unmerge":
                    unmerge(company, a)
                elif verb == "undo" and sets:
                    undo(company, sets.pop(a % len(sets)))
                elif verb == "contacts":
                    _merge_two_contacts(company, a)
                elif verb == "write":
                    at = customers.get(session, company.boss, company.ids[a])
                    written.append((activities.log(session, at, "x", now=LATER), at.id))
        except errors.Refusal:
            continue
    return written


def _merge_two_contacts(company, place):
    customer = customers.get(company.session, company.boss, company.ids[place])
    company.session.expire(customer, ["contacts"])
    if len(customer.contacts) > 1:
        first, second = customer.contacts[:2]
        merging.merge_contacts(company.session, company.boss, second.id, first.id, NOW)


def _take_all_apart(company, random):
    session, row = company.session, merging.Merge
    query = sa.select(row).where(row.undone_at.is_(None)).order_by(row.id)
    while standing := session.scalars(query).all():
        merging.unmerge(session, random.choice(standing), LATER)
