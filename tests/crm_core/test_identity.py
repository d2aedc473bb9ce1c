"""Who may be the same, and how that is kept for a person to decide."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from crm_core import addresses, audit, customers, errors, identity, people

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("华美", "华美", "name"),
        ("华美电子", "華美電子", "script"),
        ("ＡＢＣ贸易", "abc贸易", "script"),
        ("华美电子", "华美电子有限公司", "form"),
        ("上海华美电子股份有限公司", "华美电子", "form"),
        ("杭州云帆贸易", "上海云帆贸易有限公司", "form"),
        ("华美", "华美电子", "form"),
        ("Acme Trading Co., Ltd.", "Acme Trading", "form"),
        ("华美", "花美", "sound"),
        ("华美电子", "花美电子厂", "sound"),
        ("宏达机械", "宏达物流", ""),
        ("宏达机械", "洪达物流", ""),
        ("李", "丽", ""),
        ("华星", "华美", ""),
        ("Acme", "Apex", ""),
    ],
)
def test_two_names_are_alike_for_a_reason(one, other, reason):
    assert identity.alike(one, other) == reason
    assert identity.alike(other, one) == reason


@pytest.mark.parametrize(
    ("text", "numbers", "mails", "names"),
    [
        ("我的电话是138 1234 5678", ("138 1234 5678",), (), ()),
        ("write to li@acme.cn or call", (), ("li@acme.cn",), ()),
        ("你好，我是华星的张伟", (), (), ("华星的张伟",)),
        ("This is Acme Ltd.", (), (), ("Acme Ltd",)),
        ("多少钱？", (), (), ()),
        ("订单号 2026113812345678901", (), (), ()),
    ],
)
def test_words_may_say_who_somebody_is(text, numbers, mails, names):
    assert identity.hints(text) == identity.Hints(numbers=numbers, mails=mails, names=names)


def company(session):
    """王丽's 华美电子 with a number, and a lead of nobody."""
    wang = people.add(session, "王丽", people.Role.REP, team="东区", now=NOW)
    known = customers.create(session, "华美电子", now=NOW, owner_id=wang.id)
    person = customers.add_contact(session, known, "张伟", now=NOW)
    addresses.add(session, "phone", "021 62345678", contact_id=person.id, now=NOW)
    lead = customers.create(session, "微信用户·a8f3", now=NOW, kind="person")
    guest = customers.add_contact(session, lead, "微信用户·a8f3", now=NOW)
    return wang, known, lead, guest


async def test_numbers_with_and_without_their_codes_are_alike(db):
    def work(session):
        _wang, known, lead, guest = company(session)
        addresses.add(session, "phone", "62345678", contact_id=guest.id, now=NOW)
        session.refresh(lead, ["contacts"])
        (match,) = identity.matches(session, lead)
        assert (match.customer_id, match.reason) == (known.id, "tail")

    await db.run(work)


async def test_two_whole_numbers_that_end_the_same_are_two_numbers(db):
    def work(session):
        _wang, _known, lead, guest = company(session)
        addresses.add(session, "phone", "010 62345678", contact_id=guest.id, now=NOW)
        session.refresh(lead, ["contacts"])
        assert identity.matches(session, lead) == []

    await db.run(work)


async def test_a_pair_goes_with_either_of_the_two(db):
    def work(session):
        _wang, _known, _lead, _guest = company(session)
        with audit.changing(session, actor="x", cause="y", now=NOW) as made:
            fresh = customers.create(session, "花美电子", now=NOW)
        identity.look(session, fresh.id, "", NOW)
        assert session.query(identity.LookAlike).count() == 1
        audit.undo(session, made, rep_id=1, actor="x", cause="y", now=NOW)
        assert session.query(identity.LookAlike).count() == 0

    await db.run(work)


async def test_a_placeholder_is_nobodys_name(db):
    def work(session):
        _wang, _known, lead, _guest = company(session)
        customers.create(session, "微信用户·a8f3", now=NOW)
        assert identity.matches(session, lead) == []

    await db.run(work)


async def test_a_common_name_says_nothing(db):
    def work(session):
        company(session)
        for _ in range(identity.COMMON + 1):
            customers.create(session, "张伟", now=NOW, kind="person")
        assert identity.named(session, "张伟") == []

    await db.run(work)


async def test_a_contact_of_that_name_is_found_too(db):
    def work(session):
        _wang, known, _lead, _guest = company(session)
        (match,) = identity.named(session, "张伟")
        assert (match.customer_id, match.detail) == (known.id, "张伟")

    await db.run(work)


async def test_a_pair_is_kept_once_and_a_refused_one_never_comes_back(db):
    def work(session):
        wang, known, lead, _guest = company(session)
        (pair,) = identity.look(session, lead.id, "电话 021-62345678，我是华美电子", NOW)
        assert identity.direction(session, pair) == (lead.id, known.id)
        assert identity.look(session, lead.id, "我是华美电子", NOW) == []
        assert identity.open_pairs(session, wang) == [pair]
        identity.settle(session, wang, (lead.id, known.id), "refused", NOW)
        assert identity.open_pairs(session, wang) == []
        assert identity.look(session, lead.id, "我是华美电子", NOW) == []

    await db.run(work)


async def test_the_owner_is_asked_or_else_a_manager_who_sees_both(db):
    def work(session):
        wang, known, lead, _guest = company(session)
        boss = people.add(session, "赵敏", people.Role.MANAGER, team="东区", now=NOW)
        li = people.add(session, "李强", people.Role.REP, team="东区", now=NOW)
        (pair,) = identity.look(session, lead.id, "我是华美电子", NOW)
        assert identity.watchers(session, pair) == [wang]
        lead.owner_id = li.id
        session.flush()
        assert identity.watchers(session, pair) == [boss]
        known.owner_id = None
        session.flush()
        assert identity.watchers(session, pair) == [li]

    await db.run(work)


async def test_nobody_decides_about_what_they_may_not_see(db):
    def work(session):
        _wang, known, lead, _guest = company(session)
        li = people.add(session, "李强", people.Role.REP, team="西区", now=NOW)
        with pytest.raises(errors.NotFound):
            identity.settle(session, li, (lead.id, known.id), "refused", NOW)
        identity.look(session, lead.id, "我是华美电子", NOW)
        assert identity.open_pairs(session, li) == []

    await db.run(work)


async def test_an_accepted_pair_is_one_customer(db):
    def work(session):
        wang, known, lead, _guest = company(session)
        (pair,) = identity.look(session, lead.id, "我是华美电子", NOW)
        identity.accept(session, wang, lead.id, known.id, NOW)
        assert pair.state == "accepted"
        assert lead.merged_into_id == known.id
        assert identity.open_pairs(session, wang) == []

    await db.run(work)


async def test_of_many_who_write_down_one_number_at_one_moment_one_gets_it(db):
    def prepare(session):
        _wang, known, lead, _guest = company(session)
        return [each.contacts[0].id for each in (known, lead)]

    contacts = await db.run(prepare)

    def work(session, contact_id):
        try:
            addresses.add(session, "phone", "13812345678", contact_id=contact_id, now=NOW)
        except errors.Refusal as refusal:
            return refusal.details["contact_id"]
        return "got it"

    ends = await asyncio.gather(*(db.run(work, contacts[n % 2]) for n in range(8)))
    assert ends.count("got it") == 1
    (holder,) = set(ends) - {"got it"}
    assert holder in contacts
