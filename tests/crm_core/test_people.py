"""Reps, their binding codes and their tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crm_core import database, errors, people

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def add(session, name="王丽", role=people.Role.REP):
    return people.add(session, name, role, now=NOW)


def code_for(session, name="王丽", now=NOW):
    return people.issue_code(session, people.named(session, name), now).code


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_names_are_unique_and_not_empty(db):
    await db.run(add)
    for name, key in (
        ("王丽", "rep.name-taken"),
        (" 王丽 ", "rep.name-taken"),
        ("  ", "name-empty"),
    ):
        with pytest.raises(errors.Refusal, match=key):
            await db.run(add, name)
    with pytest.raises(errors.NotFound):
        await db.read(people.named, "nobody")
    assert [rep.name for rep in await db.read(people.everyone)] == ["王丽"]


async def test_a_code_is_six_digits_and_kept_only_as_a_hash(db):
    await db.run(add)
    code = await db.run(code_for)
    assert code.isdigit()
    assert len(code) == 6
    (row,) = await db.read(
        lambda s: s.execute(sa.select(people.BindingCode.__table__)).mappings().all()
    )
    assert code not in str(dict(row))
    assert len(row["hash"]) == 32


async def test_a_code_works_once(db):
    await db.run(add)
    code = await db.run(code_for)
    assert (await db.run(people.redeem_code, code, "s1", NOW)).name == "王丽"
    assert await db.run(people.redeem_code, code, "s1", NOW) is None


async def test_a_code_lives_ten_minutes(db):
    await db.run(add)
    code = await db.run(code_for)
    end = NOW + timedelta(minutes=10)
    assert await db.run(people.redeem_code, code, "s1", end) is None
    assert (await db.run(people.redeem_code, code, "s1", end - SECOND)).name == "王丽"


async def test_a_new_code_voids_the_one_before(db):
    await db.run(add)
    old = await db.run(code_for)
    new = await db.run(code_for)
    assert await db.run(people.redeem_code, old, "s1", NOW) is None
    assert await db.run(people.redeem_code, new, "s1", NOW) is not None


async def test_five_wrong_codes_lock_that_sender_for_an_hour_and_no_other(db):
    await db.run(add)
    code = await db.run(code_for)
    for n in range(5):
        assert await db.run(people.redeem_code, wrong(code), "bad", NOW + n * SECOND) is None
    late = NOW + 59 * timedelta(minutes=1)
    for at in (NOW + 5 * SECOND, late):
        with pytest.raises(errors.Refusal, match=r"binding\.locked"):
            await db.run(people.redeem_code, code, "bad", at)
    assert (await db.run(people.redeem_code, code, "good", NOW + 6 * SECOND)).name == "王丽"
    after = NOW + timedelta(hours=1, seconds=6)
    code = await db.run(code_for, "王丽", after)
    assert (await db.run(people.redeem_code, code, "bad", after)).name == "王丽"


async def test_four_wrong_codes_lock_nobody(db):
    await db.run(add)
    code = await db.run(code_for)
    for _ in range(4):
        await db.run(people.redeem_code, wrong(code), "clumsy", NOW)
    assert await db.run(people.redeem_code, code, "clumsy", NOW) is not None


async def test_fifty_wrong_codes_from_everybody_void_all_open_ones(db):
    await db.run(add)
    code = await db.run(code_for)

    def guess(session, count):
        for n in range(count):
            people.redeem_code(session, wrong(code), f"s{n}", NOW)

    await db.run(guess, 49)
    await db.run(people.redeem_code, wrong(code), "last", NOW)
    assert await db.run(people.redeem_code, code, "owner", NOW) is None
    fresh = await db.run(code_for)
    assert await db.run(people.redeem_code, fresh, "owner", NOW) is not None


async def test_a_code_sent_by_two_at_once_binds_one(db, database_url):
    other = database.open_database(database_url)
    await db.run(add)
    for _ in range(5):
        code = await db.run(code_for)
        found = await asyncio.gather(
            *(
                program.run(people.redeem_code, code, f"s{n}", NOW)
                for n, program in enumerate((db, other, db, other))
            )
        )
        assert len([rep for rep in found if rep is not None]) == 1
    await other.close()


async def test_disabling_ends_codes_and_tokens_at_once(db):
    await db.run(add)
    code = await db.run(code_for)

    def token_for(session):
        return people.issue_token(session, people.named(session, "王丽"), NOW)

    tokens = [await db.run(token_for) for _ in range(2)]
    assert len(set(tokens)) == 2
    for token in tokens:
        assert (await db.read(people.of_token, token)).name == "王丽"
    await db.run(lambda s: people.disable(s, people.named(s, "王丽"), NOW))
    for token in tokens:
        assert await db.read(people.of_token, token) is None
    assert await db.run(people.redeem_code, code, "s1", NOW) is None
    for verb in (people.issue_code, people.issue_token):
        with pytest.raises(errors.Refusal, match=r"rep\.disabled"):
            await db.run(lambda s, v=verb: v(s, people.named(s, "王丽"), NOW))


@pytest.mark.parametrize("token", ["", "crm_x", "\x00", "\ud800", "王丽", "x" * 10_000])
async def test_other_tokens_are_nobodys(db, token):
    assert await db.read(people.of_token, token) is None


async def test_tokens_are_kept_only_as_hashes(db):
    await db.run(add)
    token = await db.run(lambda s: people.issue_token(s, people.named(s, "王丽"), NOW))
    rows = await db.read(lambda s: s.execute(sa.select(people.ApiToken.__table__)).all())
    assert token.removeprefix("crm_") not in str(rows)
