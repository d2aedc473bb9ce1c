"""The durable queue: order within a key, leases, fences, retries and what a claim costs."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import claims, database, errors, jobs
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def put(session, *keys, kind="k"):
    jobs.enqueue_many(session, kind, [(key, {"n": n}) for n, key in enumerate(keys)], now=NOW)


def take(session, limit=10, now=NOW, holder="me", kinds=("k",)):
    return claims.claim(session, list(kinds), now=now, limit=limit, holder=holder)


def rows(session):
    return session.scalars(sa.select(jobs.Job).order_by(jobs.Job.id)).all()


def numbers(claimed):
    return [job.payload["n"] for job in claimed]


async def test_only_the_head_of_each_key_is_given_out(db):
    await db.run(put, "a", "a", "b", "a", "c")
    first = await db.run(take)
    assert numbers(first) == [0, 2, 4]
    assert await db.run(take) == []
    await db.run(jobs.finish, first[0])
    assert numbers(await db.run(take)) == [1]


async def test_jobs_without_a_key_need_not_wait_for_each_other(db):
    def work(session):
        for n in range(3):
            jobs.enqueue(session, "k", {"n": n}, now=NOW)

    await db.run(work)
    assert numbers(await db.run(take)) == [0, 1, 2]


async def test_the_same_key_of_another_kind_is_another_key(db):
    await db.run(put, "a")
    await db.run(put, "a", kind="other")
    assert len(await db.run(take, kinds=("k", "other"))) == 2


async def test_nothing_is_given_out_before_its_time(db):
    await db.run(lambda s: jobs.enqueue(s, "k", {}, now=NOW, run_at=LATER))
    assert await db.run(take, now=LATER - timedelta(microseconds=1)) == []
    assert await db.read(jobs.next_run, ["k"]) == LATER
    assert len(await db.run(take, now=LATER)) == 1
    assert await db.read(jobs.next_run, ["k"]) is None


async def test_a_head_that_waits_holds_its_key_back(db):
    await db.run(put, "a", "a")
    (head,) = await db.run(take)
    await db.run(jobs.postpone, head, run_at=LATER, error="try again")
    assert await db.run(take) == []
    (again,) = await db.run(take, now=LATER)
    assert (again.payload["n"], again.attempts) == (0, 2)
    row = (await db.read(rows))[0]
    assert row.last_error == "try again"


async def test_a_dead_head_releases_its_key(db):
    await db.run(put, "a", "a")
    (head,) = await db.run(take)
    await db.run(jobs.bury, head, "poison")
    assert numbers(await db.run(take)) == [1]
    dead = (await db.read(rows))[0]
    assert (dead.state, dead.last_error) == ("dead", "poison")


async def test_a_dead_job_may_be_revived_once(db):
    await db.run(put, "a")
    (job,) = await db.run(take)
    await db.run(jobs.bury, job, "poison")
    assert await db.run(jobs.revive, job.id, LATER) is True
    assert await db.run(jobs.revive, job.id, LATER) is False
    (again,) = await db.run(take, now=LATER)
    assert again.attempts == 1


async def test_the_effect_of_a_lost_lease_rolls_back(db):
    await db.run(put, "a")
    (slow,) = await db.run(take, holder="slow")
    after = NOW + jobs.LEASE + timedelta(seconds=1)
    (taken,) = await db.run(take, holder="quick", now=after)
    assert taken.attempts == 2

    def effect(session, job):
        put(session, "effect")
        jobs.finish(session, job)

    with pytest.raises(errors.LeaseLost):
        await db.run(effect, slow)
    assert len(await db.read(rows)) == 1
    await db.run(effect, taken)
    assert len(await db.read(rows)) == 1
    for verb in (jobs.finish, lambda s, j: jobs.postpone(s, j, run_at=NOW)):
        with pytest.raises(errors.LeaseLost):
            await db.run(verb, taken)
    with pytest.raises(errors.LeaseLost):
        await db.run(jobs.bury, slow, "x")


async def test_an_expired_lease_nobody_took_over_still_counts(db):
    await db.run(put, "a")
    (job,) = await db.run(take)
    await db.run(jobs.finish, job)
    assert await db.read(rows) == []


async def test_a_lease_that_is_renewed_is_not_taken_over(db):
    await db.run(put, "a", "b")
    mine = await db.run(take)
    await db.run(jobs.extend, mine, NOW + timedelta(seconds=20))
    assert await db.run(take, now=NOW + timedelta(seconds=40)) == []
    assert len(await db.run(take, now=NOW + timedelta(seconds=51))) == 2


async def test_renewing_does_not_win_back_what_another_has(db):
    await db.run(put, "a")
    mine = await db.run(take)
    after = NOW + jobs.LEASE + timedelta(seconds=1)
    (other,) = await db.run(take, now=after)
    await db.run(jobs.extend, mine, after + timedelta(hours=1))
    assert (await db.read(rows))[0].lease_until == after + jobs.LEASE
    await db.run(jobs.finish, other)


async def test_jobs_of_holders_that_are_gone_are_freed_at_once(db):
    await db.run(put, "a", "b", "c")
    await db.run(take, limit=2, holder="gone")
    await db.run(take, holder="here")
    assert await db.run(jobs.release_abandoned, lambda holder: holder == "here") == 2
    assert await db.run(jobs.release_abandoned, lambda holder: holder == "here") == 0
    assert numbers(await db.run(take)) == [0, 1]


async def test_the_attempt_is_counted_before_the_work_begins(db):
    await db.run(put, "a")
    for n in range(1, 8):
        (job,) = await db.run(take, now=NOW + n * timedelta(minutes=1))
        assert job.attempts == n


async def test_an_attempt_that_was_no_fault_of_the_job_is_not_counted(db):
    await db.run(put, "a")
    (job,) = await db.run(take)
    await db.run(lambda s: jobs.postpone(s, job, run_at=NOW, uncount=True))
    (again,) = await db.run(take)
    assert again.attempts == 1


async def test_followers_come_in_order_and_stop_at_what_must_wait(db):
    await db.run(put, "a", "a", "a", "b", "a")
    (head, _b) = await db.run(take)
    ids = [row.id for row in await db.read(rows)]
    waiting = sa.update(jobs.Job).where(jobs.Job.id == ids[2]).values(run_at=LATER)
    await db.run(lambda s: s.execute(waiting))

    def follow(session, now):
        return claims.claim_followers(session, head, now=now, limit=10, holder="me")

    assert numbers(await db.run(follow, NOW)) == [1]
    assert await db.run(follow, NOW) == []


async def test_a_death_among_followers_is_blamed_on_the_head_alone(db):
    await db.run(put, "a", "a", "a")
    (head,) = await db.run(take)
    followers = await db.run(
        lambda s: claims.claim_followers(s, head, now=NOW, limit=10, holder="me")
    )
    assert [job.attempts for job in followers] == [1, 1]
    await db.run(jobs.release_abandoned, lambda holder: False)
    assert [row.attempts for row in await db.read(rows)] == [1, 0, 0]


async def test_a_follower_that_fails_is_counted(db):
    await db.run(put, "a", "a")
    (head,) = await db.run(take)
    (follower,) = await db.run(
        lambda s: claims.claim_followers(s, head, now=NOW, limit=10, holder="me")
    )
    await db.run(jobs.finish, head)
    await db.run(lambda s: jobs.postpone(s, follower, run_at=NOW, error="x"))
    assert [row.attempts for row in await db.read(rows)] == [1]


async def test_the_head_waits_while_a_follower_is_still_in_hand(db):
    await db.run(put, "a", "a")
    (head,) = await db.run(take)
    await db.run(lambda s: claims.claim_followers(s, head, now=NOW, limit=10, holder="me"))
    await db.run(lambda s: jobs.postpone(s, head, run_at=NOW, error="x"))
    assert await db.run(take) == []


async def test_a_key_committed_out_of_order_is_still_served_one_at_a_time(db):
    def add(session, job_id):
        values = {"id": job_id, "kind": "k", "key": "k|a", "payload": {"n": job_id}}
        more = {"state": "ready", "run_at": NOW, "attempts": 0, "created_at": NOW, "last_error": ""}
        session.execute(sa.insert(jobs.Job).values(**values, **more))

    await db.run(add, 1006)
    (first,) = await db.run(take)
    await db.run(add, 1005)
    assert await db.run(take) == []
    await db.run(jobs.finish, first)
    assert numbers(await db.run(take)) == [1005]


async def test_one_very_job_is_claimed_by_one_only(db):
    await db.run(put, "a")
    await db.run(lambda s: jobs.enqueue(s, "k", {}, now=NOW, key="a", dedup_key="second"))

    def claim_it(session, holder):
        return claims.claim_one(session, "second", now=NOW, holder=holder)

    held = await asyncio.gather(*(db.run(claim_it, f"h{n}") for n in range(5)))
    assert len([claim for claim in held if claim]) == 1


async def test_an_unfinished_job_is_not_enqueued_twice(db):
    def once(session):
        return jobs.enqueue(session, "k", {}, now=NOW, dedup_key="digest:2026-05-04")

    first = await db.run(once)
    assert first is not None
    assert await db.run(once) is None
    (job,) = await db.run(take)
    assert await db.run(once) is None
    await db.run(jobs.finish, job)
    assert await db.run(once) not in (None, first)


async def test_many_may_enqueue_the_same_job_at_once(db, database_url):
    other = database.open_database(database_url)

    def once(session):
        return jobs.enqueue(session, "k", {}, now=NOW, dedup_key="x")

    ids = await asyncio.gather(*((db, other)[n % 2].run(once) for n in range(10)))
    assert len([job_id for job_id in ids if job_id is not None]) == 1
    await other.close()


async def test_enqueueing_wakes_those_who_wait_for_that_kind(db):
    heard: list[frozenset[str]] = []
    db.listeners.append(heard.append)
    await db.run(put, "a")
    (job,) = await db.run(take)
    await db.run(lambda s: jobs.postpone(s, job, run_at=NOW))
    assert heard == [frozenset({"jobs:k"})] * 2


async def test_several_claimers_keep_the_order_of_every_key(db, database_url):
    """Each claimer is a program of its own; some of them lose their leases on the way."""
    keys = [f"key {n % 7}" for n in range(280)]
    await db.run(put, *keys)
    programs = [database.open_database(database_url) for _ in range(4)]
    done: dict[str, list[int]] = defaultdict(list)
    busy: set[str] = set()

    async def worker(program, dice):
        while True:
            claimed = await program.run(take, limit=3, holder=str(id(program)))
            if not claimed and not await program.read(rows):
                return
            for job in claimed:
                assert job.key not in busy, "two of one key at the same time"
                busy.add(job.key)
                await asyncio.sleep(0)
                busy.discard(job.key)
                if dice.random() < 0.1:
                    await program.run(lambda s, j=job: jobs.postpone(s, j, run_at=NOW))
                else:
                    await program.run(jobs.finish, job)
                    done[job.key].append(job.payload["n"])

    async with asyncio.TaskGroup() as group:
        for n, program in enumerate(programs):
            group.create_task(worker(program, random.Random(n)))
    assert sum(map(len, done.values())) == 280
    assert all(order == sorted(order) for order in done.values())
    for program in programs:
        await program.close()


@settings(deadline=None)
@given(st.integers(1, 200))
def test_waits_grow_to_an_hour_and_are_spread(attempts):
    waits = [jobs.backoff(attempts) for _ in range(20)]
    ceiling = min(jobs.FIRST_BACKOFF * 2 ** min(attempts - 1, 30), jobs.LONGEST_BACKOFF)
    assert all(ceiling * 0.1 <= wait <= ceiling for wait in waits)
    assert len(set(waits)) > 1


def fill(session, count, keys):
    put(session, *(f"{n % keys}" for n in range(count)))
    # Most rows of a real table are of no interest to a claim.
    put(session, *(f"far {n}" for n in range(2000)), kind="remind")
    session.execute(
        sa.update(jobs.Job).where(jobs.Job.kind == "remind").values(run_at=NOW + timedelta(days=9))
    )


async def test_a_claim_among_twenty_thousand_jobs_reads_the_partial_indexes(db):
    await db.run(fill, 20_000, 500)
    if db.dialect == "postgresql":
        await db.run(lambda s: s.execute(sa.text("ANALYZE jobs")))

    def plans(session):
        with statements.explained(session) as explained:
            claimed = take(session, limit=50)
            claims.claim_followers(session, claimed[0], now=NOW, limit=20, holder="me")
            jobs.next_run(session, ["k"])
        return claimed, "\n".join(explained)

    claimed, plan = await db.run(plans)
    assert len(claimed) == 50
    for index in ("ix_jobs_ready", "ix_jobs_running", "ix_jobs_unfinished"):
        assert index in plan, plan
    assert "SCAN jobs\n" not in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_a_claim_costs_the_same_number_of_statements_whatever_it_finds(db):
    def counted(session):
        with statements.counted(session) as made:
            claimed = take(session, limit=50)
        return len(claimed), len(made)

    await db.run(fill, 200, 100)
    extra = 1 if db.dialect == "postgresql" else 0
    assert await db.run(counted) == (50, 4 + extra)
    await db.run(lambda s: s.execute(sa.delete(jobs.Job)))
    assert await db.run(counted) == (0, 2 + extra)


async def test_a_head_that_is_due_later_than_a_flood_behind_it_is_found_when_its_time_comes(db):
    soon = NOW + timedelta(seconds=4)

    def flood(session):
        for key in ("a", "b"):
            jobs.enqueue(session, "k", {"n": key}, now=NOW, run_at=soon, key=key)
            put(session, *([key] * 100))

    await db.run(flood)
    assert numbers(await db.run(take)) == []
    assert numbers(await db.run(take, now=soon)) == ["a", "b"]


async def test_jobs_without_a_key_are_taken_once_each_beside_a_flood(db):
    await db.run(put, *(["flood"] * 100), *([None] * 5))
    claimed = await db.run(take)
    assert sorted(numbers(claimed)) == [0, 100, 101, 102, 103, 104]


async def test_a_flood_on_one_key_does_not_hide_the_other_senders(db):
    await db.run(put, *(["flood"] * 20_000), "quiet")
    claimed = await db.run(take)
    assert numbers(claimed) == [0, 20_000]
