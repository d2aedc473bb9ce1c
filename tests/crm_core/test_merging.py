"""Merging two customers or contacts, and taking them apart as if nothing had been."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from conversations import timeline
from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    deals,
    errors,
    homes,
    merging,
    moving,
    people,
)
from tests.crm_core import merged
from tests.crm_core.merged import LATER, NOW, merge, undo, unmerge


def hanging(session, customer_id):
    """How many rows hang on a customer, by table."""
    return moving.held(session, homes.Kind.CUSTOMER, customer_id)


async def test_everything_of_the_loser_hangs_on_the_survivor_and_the_loser_is_in_no_list(db):
    def work(session):
        company = merged.found(session)
        one, two = hanging(session, company.ids[1]), hanging(session, company.ids[2])
        merge(company, 1, 2)
        both = hanging(session, company.ids[2])
        assert both["deals"] == both["activities"] == both["messages"] == 2
        assert both["name_keys"] == one["name_keys"] + two["name_keys"]
        # Only the collaborator that both had stays behind.
        assert hanging(session, company.ids[1]) == {"customer_collaborators": 1}
        listed = customers.listed(session, company.boss)
        assert company.ids[1] not in [each.id for each in listed]
        assert customers.get(session, company.boss, company.ids[1]).id == company.ids[2]
        (found,) = customers.by_name(session, company.boss, "老马1")
        assert found[0].id == company.ids[2]

    await db.run(work)


async def test_the_survivor_keeps_its_own_fields_and_takes_what_it_lacks(db):
    def work(session):
        company = merged.found(session)
        merge(company, 1, 3)
        survivor = company.customer(3)
        assert (survivor.level, survivor.name) == ("A", merged.NAMES[3])
        assert survivor.owner_id == company.reps[1].id
        assert survivor.tags == ["老"]
        merge(company, 0, 3)
        assert survivor.updated_at == max(company.customer(n).updated_at for n in range(4))

    await db.run(work)


async def test_the_journal_names_every_row_that_moved(db):
    def work(session):
        company = merged.found(session)
        wanted = {
            table: sorted(session.scalars(sa.select(model.id).where(model.customer_id == 1)))
            for table, model in (("deals", deals.Deal), ("contacts", customers.Contact))
        }
        change_set = merge(company, 0, 2)
        (entry,) = (each for each in change_set.changes if each.record == merging.RECORD)
        for table, ids in wanted.items():
            assert entry.new[table] == merging.ranges(ids)
        assert {"conversations", "messages", "tasks", "activities", "name_keys"} <= set(entry.new)

    await db.run(work)


def test_ranges_are_short():
    assert merging.ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"
    assert merging.ranges([]) == ""


async def test_an_undo_takes_a_merge_back_and_a_second_undo_would_too(db):
    def work(session):
        company = merged.found(session)
        before = merged.dump(session)
        change_set = merge(company, 1, 2)
        undo(company, change_set)
        assert merged.dump(session) == before
        again = merge(company, 1, 2)
        after = merged.dump(session)
        apart, taken_apart = unmerge(company, 1)
        assert apart.differences == ()
        assert merged.dump(session) == before
        undo(company, taken_apart)
        assert hanging(session, company.ids[2])["deals"] == 2
        assert {k: v for k, v in merged.dump(session).items() if k != "merged_rows"} == {
            k: v for k, v in after.items() if k != "merged_rows"
        }
        undo(company, again)
        assert merged.dump(session) == before

    await db.run(work)


async def test_what_was_written_since_stays_with_the_survivor(db):
    def work(session):
        company = merged.found(session)
        merge(company, 1, 2)
        survivor = company.customer(2)
        note = activities.log(session, survivor, "seit dem", now=LATER)
        deal = deals.create(session, survivor, "new", now=LATER)
        unmerge(company, 1)
        session.expire_all()
        assert note.customer_id == deal.customer_id == company.ids[2]
        assert hanging(session, company.ids[1])["deals"] == 1

    await db.run(work)


async def test_the_losers_own_talk_goes_back_with_it_also_what_was_said_since(db):
    def work(session):
        company = merged.found(session)
        (person,) = company.customer(1).contacts
        merge(company, 1, 2)
        entry = merged.writes(session, person, "还在吗")
        assert entry.customer_id == company.ids[2]
        unmerge(company, 1)
        session.expire_all()
        assert entry.customer_id == company.ids[1]

    await db.run(work)


async def test_a_taken_field_that_was_changed_since_is_told_and_left(db):
    def work(session):
        company = merged.found(session)
        change_set = merge(company, 1, 3)
        survivor = company.customer(3)
        with company.changing():
            survivor.level = "C"
        with pytest.raises(errors.Refusal, match="changed-since") as refused:
            undo(company, change_set)
        assert refused.value.details["found"] == "C"
        apart, _ = unmerge(company, 1)
        assert [(each.field, each.taken, each.now) for each in apart.differences] == [
            ("level", "A", "C")
        ]
        assert survivor.level == "C"
        assert company.customer(1).level == "A"

    await db.run(work)


async def test_renaming_the_survivor_leaves_the_names_of_the_loser(db):
    def work(session):
        company = merged.found(session)
        merge(company, 0, 4 - 2)
        customers.rename(session, company.customer(2), "华盛集团", LATER)
        found = customers.by_name(session, company.boss, merged.NAMES[0])
        assert company.ids[2] in [customer.id for customer, _ in found]
        unmerge(company, 0)
        found = customers.by_name(session, company.boss, merged.NAMES[0])
        assert company.ids[0] in [customer.id for customer, _ in found]
        assert customers.by_name(session, company.boss, "华盛集团")[0][0].id == company.ids[2]

    await db.run(work)


async def test_cycles_are_resolved_to_the_one_that_lives(db):
    def work(session):
        company = merged.found(session)
        merge(company, 0, 1)
        merge(company, 1, 2)
        for loser, survivor in ((2, 0), (0, 1), (0, 2), (1, 1)):
            with pytest.raises(errors.Refusal, match="same"):
                merge(company, loser, survivor)
        merge(company, 0, 3)
        assert customers.get(session, company.boss, company.ids[2]).id == company.ids[3]

    await db.run(work)


async def test_nobody_merges_what_they_may_not_see_or_only_share(db):
    def work(session):
        company = merged.found(session, 6)
        li = company.reps[1]
        with pytest.raises(errors.NotFound):
            merge(company, 4, 3, rep=li)
        assert customers.get(session, li, company.ids[2]).id == company.ids[2]
        with pytest.raises(errors.Refusal, match="not-yours"):
            merge(company, 2, 3, rep=li)
        merge(company, 0, 3, rep=li)

    await db.run(work)


async def test_contacts_of_one_customer_are_merged_and_of_two_are_not(db):
    def work(session):
        company = merged.found(session)
        customer = company.customer(2)
        (old,) = customer.contacts
        new = customers.add_contact(session, customer, "张先生", now=NOW, title="经理")
        addresses.add(session, "email", "a@b.cn", contact_id=new.id, now=NOW)
        before = merged.dump(session)
        with company.changing() as change_set:
            merging.merge_contacts(session, company.boss, new.id, old.id, NOW)
        assert [each.name for each in customer.contacts] == [old.name]
        (mail,) = addresses.of_contacts(session, [old.id])[-1:]
        assert mail.value == "a@b.cn"
        assert old.title == "经理"
        undo(company, change_set)
        assert merged.dump(session) == before
        (stranger,) = company.customer(3).contacts
        with pytest.raises(errors.Refusal, match="other-customer"):
            merging.merge_contacts(session, company.boss, stranger.id, old.id, NOW)

    await db.run(work)


async def test_two_persons_become_one_contact_and_two_again(db):
    def work(session):
        company = merged.found(session)
        before = merged.dump(session)
        merge(company, 0, 1)
        (person,) = company.customer(1).contacts
        assert len(addresses.of_contacts(session, [person.id])) == 4
        unmerge(company, 0)
        assert merged.dump(session) == before

    await db.run(work)


async def test_what_somebody_else_wrote_on_the_loser_meanwhile_follows_later(db):
    def work(session):
        company = merged.found(session)
        merge(company, 1, 2)
        late = activities.Activity(
            customer_id=company.ids[1], kind="note", text="late", at=NOW, created_at=NOW
        )
        session.add(late)
        session.flush()
        (standing,) = merging.into(session, homes.Kind.CUSTOMER, company.ids[2])
        merging.settle(session, standing.id)
        session.refresh(late)
        assert late.customer_id == company.ids[2]
        unmerge(company, 1)
        session.refresh(late)
        assert late.customer_id == company.ids[1]
        merging.settle(session, standing.id)

    await db.run(work)


async def test_merges_at_one_moment_end_in_one_living_customer(db):
    company = await db.run(merged.found)
    ids, boss_id = company.ids, company.boss.id

    def work(session, loser, survivor):
        boss = session.get(people.Rep, boss_id)
        try:
            merging.merge_customers(session, boss, loser, survivor, NOW)
        except errors.Refusal as refusal:
            return refusal.key
        return "merged"

    pairs = [(ids[0], ids[1]), (ids[1], ids[0]), (ids[0], ids[2]), (ids[2], ids[1])]
    ends = await asyncio.gather(*(db.run(work, *pair) for pair in pairs))
    assert set(ends) <= {"merged", "merge.same", "merge.meanwhile"}

    def left(session):
        living = sa.select(customers.Customer.id).where(
            customers.Customer.merged_into_id.is_(None), customers.Customer.id.in_(ids[:3])
        )
        roots = {customers.living(session, customers.Customer, number) for number in ids[:3]}
        return set(session.scalars(living)), roots

    living, roots = await db.run(left)
    assert living == roots
    assert len(living) == 3 - ends.count("merged")


async def test_the_timeline_holds_the_changes_of_both_and_each_has_its_own_again(db):
    def work(session):
        company = merged.found(session)
        for place in (1, 2):
            with company.changing(command=f"level-{place}"):
                company.customer(place).level = "Z"
        merge(company, 1, 2)

        def told(place):
            page = timeline.page(session, company.boss, company.ids[place])
            return {
                each.record.command
                for each in page
                if isinstance(each.record, audit.ChangeSet) and each.record.command
            }

        assert told(2) == {"level-1", "level-2", "merge"}
        unmerge(company, 1)
        assert told(1) == {"level-1"}
        assert "level-1" not in told(2)

    await db.run(work)
