"""One timeline: every sort of entry in one order, in pages that neither repeat nor leave out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis
import sqlalchemy as sa
from hypothesis import strategies as st

from conversations import log, outbox, threads, timeline
from crm_core import activities, addresses, audit, customers, deals, people, pipelines, tasks
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = st.lists(
    st.tuples(st.sampled_from(list(timeline.Sort)), st.integers(min_value=-3, max_value=3)),
    max_size=14,
)
"""Entries to be: their sort and their minute, few enough to meet often."""


class Scene:
    """A customer with a conversation, of a rep; made anew for each example."""

    def __init__(self, session):
        pipelines.ensure_default(session)
        self.session = session
        number = session.scalar(sa.select(sa.func.count()).select_from(people.Rep)) or 0
        self.rep = people.add(session, f"王丽{number}", people.Role.REP, now=NOW)
        self.customer = customers.create(session, "云南茶厂", now=NOW, owner_id=self.rep.id)
        contact = customers.add_contact(session, self.customer, "陈总", now=NOW)
        self.address = addresses.add(
            session, "wechat", f"o{number}", account="main", contact_id=contact.id, now=NOW
        )
        self.thread = threads.at(session, self.address, "wechat", "main", NOW)

    def happens(self, sort, at):
        """One more entry of that sort at that moment; its (sort, number)."""
        made = {
            timeline.Sort.MESSAGE: self.said,
            timeline.Sort.ACTIVITY: self.noted,
            timeline.Sort.DEAL: self.offered,
            timeline.Sort.TASK: self.planned,
            timeline.Sort.CHANGE: self.changed,
        }[sort](at)
        return sort, made.id

    def said(self, at, direction="in"):
        entry = log.Message(
            direction=direction, author_kind="contact", text="在吗", at=at, created_at=NOW
        )
        return log.append(self.session, self.thread, entry)

    def noted(self, at):
        return activities.log(self.session, self.customer, "拜访", now=NOW, at=at)

    def offered(self, at):
        return deals.create(self.session, self.customer, "春茶", now=at, owner_id=self.rep.id)

    def planned(self, at, owner=None, by=None):
        return tasks.create(
            self.session, "报价", at, now=at, owner_id=owner or self.rep.id,
            created_by=by, customer_id=self.customer.id,
        )  # fmt: skip

    def changed(self, at):
        number = str(self.session.scalar(sa.select(sa.func.count()).select_from(audit.ChangeSet)))
        with audit.changing(self.session, actor="rep:1", cause="cli", now=at) as change_set:
            self.customer.industry = f"茶{number}"
        return change_set

    def page(self, **how):
        return timeline.page(self.session, self.rep, self.customer.id, **how)

    def shown(self, **how):
        return [(entry.sort, entry.record.id) for entry in self.page(**how)]

    def pages(self, size, between=lambda: None):
        """The keys of all pages, one after the other; something may happen between two."""
        found, after = [], None
        while page := self.page(after=after, limit=size):
            found += [(entry.sort, entry.record.id) for entry in page]
            after = page[-1].place
            between()
        return found


def ordered(entries):
    """(sort, number, at) newest first; at the same moment the higher sort, the higher number."""
    return [
        (sort, number)
        for sort, number, at in sorted(entries, key=lambda e: (e[2], e[0], e[1]), reverse=True)
    ]


@hypothesis.given(plan=PLAN, size=st.integers(min_value=1, max_value=5))
@hypothesis.settings(
    max_examples=40, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
async def test_pages_of_any_size_give_every_entry_once_in_order(db, plan, size):
    def look(session):
        scene = Scene(session)
        made = [(*scene.happens(sort, NOW + n * MINUTE), NOW + n * MINUTE) for sort, n in plan]
        return ordered(made), scene.pages(size), scene.shown(limit=50)

    wanted, in_pages, at_once = await db.run(look)
    assert in_pages == wanted
    assert at_once == wanted


@hypothesis.given(
    plan=PLAN, meanwhile=PLAN.filter(bool), size=st.integers(min_value=1, max_value=4)
)
@hypothesis.settings(
    max_examples=40, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
async def test_entries_added_while_somebody_reads_on_make_none_appear_twice_or_get_lost(
    db, plan, meanwhile, size
):
    def look(session):
        scene, more = Scene(session), list(meanwhile)
        before = [scene.happens(sort, NOW + n * MINUTE) for sort, n in plan]

        def between():
            if more:
                sort, n = more.pop()
                scene.happens(sort, NOW + n * MINUTE)

        return before, scene.pages(size, between)

    before, found = await db.run(look)
    assert len(found) == len(set(found))
    assert set(before) <= set(found)


async def test_entries_bring_their_records_the_delivery_and_the_stage(db):
    def look(session):
        scene = Scene(session)
        message = scene.said(NOW, "out")
        session.add(
            outbox.Delivery(
                message_id=message.id, address_id=scene.address.id, channel="wechat",
                account="main", reference="r1", choices=[], state="failed", attempts=1,
                created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        deal = scene.offered(NOW + MINUTE)
        change_set = scene.changed(NOW + 2 * MINUTE)
        session.flush()
        session.expunge_all()
        changed, offered, said = scene.page()
        assert (said.record.id, said.delivery.state, said.stage) == (message.id, "failed", None)
        assert (offered.record.id, offered.stage.key) == (deal.id, "contacted")
        assert (changed.record.id, changed.record.changes[0].field) == (change_set.id, "industry")
        assert [entry.at for entry in (said, offered)] == [NOW, NOW + MINUTE]

    await db.run(look)


async def test_a_page_takes_two_statements_however_long_it_is(db):
    def look(session):
        scene, counts = Scene(session), []
        for _ in range(3):
            for n, sort in enumerate(timeline.Sort):
                scene.happens(sort, NOW + n * MINUTE)
            session.expunge_all()
            rep = session.get_one(people.Rep, scene.rep.id)
            with statements.counted(session) as made:
                timeline.page(session, rep, scene.customer.id, limit=50)
            counts.append(len(made))
            scene.customer = session.get_one(customers.Customer, scene.customer.id)
            scene.thread = session.get_one(threads.Conversation, scene.thread.id)
        return counts

    assert await db.run(look) == [2, 2, 2]


async def test_one_may_ask_for_some_sorts_only(db):
    def look(session):
        scene = Scene(session)
        made = {sort: scene.happens(sort, NOW) for sort in timeline.Sort}
        wanted = (timeline.Sort.ACTIVITY, timeline.Sort.MESSAGE)
        assert scene.shown(sorts=wanted) == [made[sort] for sort in wanted]
        assert scene.shown(sorts=wanted, limit=1) == [made[timeline.Sort.ACTIVITY]]
        assert scene.shown(sorts=(timeline.Sort.DEAL,)) == [made[timeline.Sort.DEAL]]

    await db.run(look)


async def test_other_customers_entries_stay_with_them(db):
    def look(session):
        one, other = Scene(session), Scene(session)
        for sort in timeline.Sort:
            other.happens(sort, NOW)
        assert one.shown() == []
        assert len(other.shown()) == len(timeline.Sort)

    await db.run(look)


async def test_a_rep_sees_the_tasks_given_or_made_a_manager_the_teams_and_an_admin_all(db):
    def look(session):
        scene = Scene(session)
        other = people.add(session, "李强", people.Role.REP, now=NOW, team="华东")
        manager = people.add(session, "陈静", people.Role.MANAGER, now=NOW, team="华东")
        admin = people.add(session, "老板", people.Role.ADMIN, now=NOW)
        own = scene.planned(NOW)
        given_away = scene.planned(NOW, owner=other.id, by=scene.rep.id)
        theirs = scene.planned(NOW, owner=other.id)
        seen = {number for _, number in scene.shown()}
        assert seen == {own.id, given_away.id}
        scene.rep = manager
        assert {number for _, number in scene.shown()} == {given_away.id, theirs.id}
        scene.rep = admin
        assert {number for _, number in scene.shown()} == {own.id, given_away.id, theirs.id}

    await db.run(look)
