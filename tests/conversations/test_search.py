"""Search over a whole company: names, numbers, phrases, scope, pages, counts."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from conversations import log, threads
from crm_core import (
    activities,
    addresses,
    customers,
    deals,
    search,
    searchable,
    tasks,
)
from tests import statements
from tests.conversations import searched

NOW = searched.NOW


@pytest.fixture
def at_work(db):
    """Runs `work(company)` in one transaction."""

    async def run(work):
        return await db.run(lambda session: work(searched.Company(session)))

    return run


async def test_a_two_character_name_is_found_and_only_where_it_stands(at_work):
    def work(company):
        hua = company.customer("华星科技", "王丽")
        for text in ("王芳到了吗", "王建芳到了", "我找王,芳", "叫小王 芳芳", "请转王芳。"):
            company.says(hua, text)
        assert company.texts("王芳") == ["请转王芳。", "王芳到了吗"]
        assert company.texts("芳到了") == ["王建芳到了", "王芳到了吗"]
        assert company.texts("王") == [
            "请转王芳。", "叫小王 芳芳", "我找王,芳", "王建芳到了", "王芳到了吗",
        ]  # fmt: skip
        assert company.texts("芳") == [
            "请转王芳。", "叫小王 芳芳", "我找王,芳", "王建芳到了", "王芳到了吗",
        ]  # fmt: skip
        assert company.texts("王 到了") == ["王建芳到了", "王芳到了吗"]
        assert company.texts("不在") == company.texts("，") == company.texts("") == []

    await at_work(work)


async def test_all_that_is_said_and_noted_is_found_newest_first(at_work):
    def work(company):
        hua = company.customer("华星科技", "王丽")
        company.says(hua, "报價 已收到", at=NOW - timedelta(days=3))
        activities.log(company.session, hua, "谈了报价", now=NOW - timedelta(days=1))
        deals.create(company.session, hua, "报价项目", now=NOW - timedelta(days=2))
        tasks.create(
            company.session, "发报价", NOW, now=NOW, owner_id=hua.owner_id, customer_id=hua.id
        )
        searchable.settle(company.session)
        assert company.texts("报价") == ["发报价", "谈了报价", "报价项目", "报價 已收到"]
        (newest, *_, oldest) = company.found("报价").hits
        assert (newest.at, oldest.at) == (NOW, NOW - timedelta(days=3))
        assert {hit.customer_id for hit in company.found("报价").hits} == {hua.id}

    await at_work(work)


async def test_numbers_are_found_whole_and_by_their_tails(at_work):
    def work(company):
        company.customer("华星", "王丽", "王芳", phone="13812348899", email="Fang.W@Acme.com")
        company.customer("华美", "李强", "李娜", phone="13912348800")
        assert company.named("13812348899") == company.named("+86 138-1234-8899") == ["华星"]
        assert company.named("8899") == company.named("12348899") == ["华星"]
        assert company.named("fang.w@acme.com") == company.named("acme") == ["华星"]
        assert company.named("1234") == ["华美", "华星"]
        assert company.named("13812348898") == []

    await at_work(work)


async def test_nobody_finds_what_he_may_not_see(at_work):
    def work(company):
        for name, owner in (("甲", "王丽"), ("乙", "李强"), ("丙", "孙悟"), ("丁", None)):
            company.says(company.customer(name + "公司", owner), f"{name}要报价")
        seen = {
            who: "".join(text[0] for text in company.texts("报价", who)) for who in company.reps
        }
        assert seen == {
            "王丽": "丁甲",
            "李强": "丁乙",
            "孙悟": "丁丙",
            "赵敏": "丁乙甲",
            "老板": "丁丙乙甲",
        }
        assert company.found("报价", "王丽").count == 2
        listed = {
            who: "".join(name[0] for name in company.named("公司", who)) for who in company.reps
        }
        assert listed == seen

    await at_work(work)


async def test_what_is_in_no_customers_log_is_not_found(at_work):
    def work(company):
        rep = company.reps["王丽"]
        address = addresses.add(company.session, "wechat", "rep", rep_id=rep.id, now=NOW)
        talk = threads.at(company.session, address, "wechat", "main", NOW)
        words = log.Message(
            direction="in", author_kind="rep", text="查 报价", at=NOW, created_at=NOW
        )
        log.append(company.session, talk, words)
        visitor = customers.Contact(customer_id=None, name="访客", created_at=NOW)
        company.session.add(visitor)
        company.session.flush()
        there = addresses.add(company.session, "wechat", "v", contact_id=visitor.id, now=NOW)
        talk = threads.at(company.session, there, "wechat", "main", NOW)
        log.append(
            company.session, talk, log.Message(
                direction="in", author_kind="contact", text="报价?", at=NOW, created_at=NOW
            ),
        )  # fmt: skip
        assert company.texts("报价") == []

    await at_work(work)


WORDS = "报价 合同 发票 样品 账期 王芳 物流 invoice sample 月底 付款".split()
WEIGHTS = [300, 60, 20, 9, 4, 3, 2, 60, 9, 4, 1]


async def test_pages_give_every_hit_once_in_one_order_however_common_the_word(at_work):
    def work(company):
        draw = random.Random(7)
        book = [company.customer(f"客户{n}", owner) for n, owner in enumerate(("王丽", "李强"))]
        rows, said = [], []
        for n in range(1, 6001):
            customer = book[draw.random() < 0.1]
            # A word of long ago, beside those that are said all the time.
            words = draw.choices(WORDS, weights=WEIGHTS, k=2) + (["发货"] if n < 1000 else [])
            at = NOW + timedelta(seconds=n - draw.randrange(50))
            rows.append(searched.row(n, customer.id, at, "、".join(words)))
            said.append((at, n, customer.owner_id, words))
        search.add_all(company.session, rows)
        said.sort(reverse=True)
        for who in ("王丽", "李强", "老板"):
            rep = company.reps[who]
            for word in (*WORDS, "发货"):
                wanted = [
                    number
                    for _, number, owner, words in said
                    if word in words and (rep.oversees_all or owner == rep.id)
                ]
                assert _all_pages(company, who, word, len(wanted)) == wanted, (who, word)

    await at_work(work)


def _all_pages(company, who, word, expected):
    numbers: list[int] = []
    after = None
    while True:
        with statements.counted(company.session) as made:
            found = company.found(word, who, after=after, limit=200)
        assert len(made) <= (2 if company.session.get_bind().dialect.name == "sqlite" else 3)
        left = expected - len(numbers)
        assert found.count <= left, (who, word)
        assert found.more or found.count == left, (who, word)
        numbers += [hit.record_id for hit in found.hits]
        if found.next is None:
            return numbers
        after = found.next


async def test_rows_added_in_bulk_are_found_when_all_are_there(at_work):
    def work(company):
        hua = company.customer("华星科技", "王丽")
        company.says(hua, "王芳来过")
        paused = search.pause(company.session)
        search.add_all(
            company.session, [searched.row(n, hua.id, NOW, "王芳") for n in range(100, 110)]
        )
        search.resume(company.session, paused)
        assert company.found("王芳").count == 11
        company.says(hua, "王芳又来过")
        assert company.found("王芳").count == 12

    await at_work(work)


async def test_more_than_a_thousand_are_not_counted(at_work):
    def work(company):
        hua = company.customer("华星科技", "王丽")
        rows = [
            searched.row(n, hua.id, NOW + timedelta(seconds=n), "王芳" if n % 7 else "王芳和报价")
            for n in range(1, 1501)
        ]
        search.add_all(company.session, rows)
        assert company.found("王芳").counted == "1000+"
        assert company.found("报价").counted == "214"
        assert [hit.record_id for hit in company.found("王芳", limit=2).hits] == [1500, 1499]

    await at_work(work)


async def test_a_search_is_one_statement_where_the_newest_are_all_there_is(at_work):
    def work(company):
        company.says(company.customer("华星", "王丽"), "王芳")
        searchable.settle(company.session)
        for who, asked in (("王丽", "王芳"), ("老板", "王芳"), ("赵敏", "没有")):
            with statements.counted(company.session) as made:
                company.found(asked, who)
            assert len(made) == 1

    await at_work(work)


async def test_a_message_costs_one_statement_to_index(at_work):
    def work(company):
        hua = company.customer("华星", "王丽")
        company.says(hua, "第一句")
        searchable.settle(company.session)
        with statements.counted(company.session) as made:
            company.says(hua, "第二句")
        assert len([sql for sql in made if "search_" in sql]) == 1

    await at_work(work)
