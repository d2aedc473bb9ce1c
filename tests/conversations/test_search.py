"""Search over a whole company: names, numbers, phrases, scope, pages, counts, upkeep."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import orm

from conversations import log, searching, threads
from crm_core import (
    activities,
    addresses,
    audit,
    claims,
    customers,
    database,
    deals,
    jobs,
    looking,
    migrating,
    people,
    pipelines,
    schema,
    search,
    searchable,
    tasks,
    tokens,
)
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
Role = people.Role


class Company:
    """A few people, and customers who say things."""

    def __init__(self, session):
        self.session, self.said = session, 0
        pipelines.ensure_default(session)
        staff = (("王丽", Role.REP, "华东"), ("李强", Role.REP, "华东"), ("孙悟", Role.REP, "华南"))
        chiefs = (("赵敏", Role.MANAGER, "华东"), ("老板", Role.ADMIN, ""))
        self.reps = {
            name: people.add(session, name, role, team=team, now=NOW)
            for name, role, team in (*staff, *chiefs)
        }

    def customer(self, name, owner=None, contact="陈总", **reached):
        owner_id = self.reps[owner].id if owner else None
        made = customers.create(self.session, name, now=NOW, owner_id=owner_id)
        person = customers.add_contact(self.session, made, contact, now=NOW)
        reached.setdefault("wechat", f"o-{made.id}")
        for kind, value in reached.items():
            addresses.add(self.session, kind, value, contact_id=person.id, now=NOW)
        return made

    def says(self, customer, text, at=None):
        contact = self.session.scalars(
            sa.select(customers.Contact).where(customers.Contact.customer_id == customer.id)
        ).first()
        address = addresses.of_contacts(self.session, [contact.id])[0]
        talk = threads.at(self.session, address, "wechat", "main", NOW)
        self.said += 1
        at = at or NOW + timedelta(seconds=self.said)
        entry = log.Message(
            direction="in", author_kind="contact", author_id=contact.id, author_name=contact.name,
            text=text, at=at, created_at=at,
        )  # fmt: skip
        return log.append(self.session, talk, entry)

    def found(self, asked, who="老板", **more):
        return looking.find(self.session, self.reps[who], asked, **more)

    def texts(self, asked, who="老板", **more):
        found = self.found(asked, who, **more)
        known = searching.records(self.session, found.hits)
        records = [known[hit.kind, hit.record_id] for hit in found.hits]
        return [getattr(each, "title", None) or each.text for each in records]

    def named(self, asked, who="老板"):
        searchable.settle(self.session)
        found = looking.find_customers(self.session, self.reps[who], asked)
        return [self.session.get(customers.Customer, hit.customer_id).name for hit in found.hits]


@pytest.fixture
async def db(database_url):
    opened = database.open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def at_work(db):
    """Runs `work(company)` in one transaction."""

    async def run(work):
        return await db.run(lambda session: work(Company(session)))

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
            rows.append(_row(n, customer.id, at, "、".join(words)))
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


def _row(number, customer_id, at, text):
    return search.Row(
        kind="message",
        record_id=number,
        customer_id=customer_id,
        at=at,
        tokens=tokens.of_text(text),
    )


def _all_pages(company, who, word, expected):
    numbers: list[int] = []
    after = None
    while True:
        found = company.found(word, who, after=after, limit=200)
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
        search.add_all(company.session, [_row(n, hua.id, NOW, "王芳") for n in range(100, 110)])
        search.resume(company.session, paused)
        assert company.found("王芳").count == 11
        company.says(hua, "王芳又来过")
        assert company.found("王芳").count == 12

    await at_work(work)


async def test_more_than_a_thousand_are_not_counted(at_work):
    def work(company):
        hua = company.customer("华星科技", "王丽")
        rows = [
            _row(n, hua.id, NOW + timedelta(seconds=n), "王芳" if n % 7 else "王芳和报价")
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


async def test_names_follow_renaming_new_contacts_aliases_and_undo(db):
    def act(session, work):
        with audit.changing(session, actor="test", cause="test", now=NOW, rep_id=1) as changes:
            work(session)
        return changes.id

    def known(session, asked):
        boss = people.named(session, "老板")
        return looking.find_customers(session, boss, asked).count

    await db.run(lambda session: Company(session).customer("华星科技", phone="13812348899"))
    rename = lambda s: customers.rename(s, s.get_one(customers.Customer, 1), "金恒贸易", NOW)  # noqa: E731
    change = await db.run(act, rename)
    assert await db.read(known, "华星") == 0
    assert await db.read(known, "金恒") == await db.read(known, "jinheng") == 1
    await db.run(lambda s: customers.add_alias(s, s.get_one(customers.Customer, 1), "老马"))
    assert await db.read(known, "老马") == 1

    def undo(session):
        change_set = session.get_one(audit.ChangeSet, change)
        audit.undo(session, change_set, rep_id=1, actor="test", cause="test", now=NOW)

    await db.run(undo)
    assert (await db.read(known, "华星"), await db.read(known, "金恒")) == (1, 0)

    def lose(session):
        address = session.scalars(
            sa.select(addresses.Address).where(addresses.Address.kind == "phone")
        ).one()
        address.contact_id = None

    assert await db.read(known, "8899") == 1
    await db.run(lose)
    assert await db.read(known, "8899") == 0


async def test_of_two_who_add_people_to_one_customer_at_once_both_are_found(db):
    await db.run(lambda session: Company(session).customer("华星"))

    def add(session, name):
        customers.add_contact(session, session.get_one(customers.Customer, 1), name, now=NOW)

    names = [f"王{chr(0x4E00 + n)}" for n in range(12)]
    await asyncio.gather(*(db.run(add, name) for name in names))
    boss = await db.read(people.named, "老板")
    for name in names:
        assert (await db.read(looking.find_customers, boss, name)).count == 1


async def test_a_rolled_back_savepoint_leaves_nothing_to_find(db):
    def work(session):
        company = Company(session)
        savepoint = session.begin_nested()
        company.says(company.customer("华星"), "王芳")
        savepoint.rollback()
        company.customer("金恒")

    await db.run(work)
    boss = await db.read(people.named, "老板")
    assert (await db.read(looking.find_customers, boss, "华星")).count == 0
    assert (await db.read(looking.find, boss, "王芳")).count == 0
    assert (await db.read(looking.find_customers, boss, "金恒")).count == 1


async def test_a_merged_customer_is_found_as_the_one_that_lives_on(at_work):
    def work(company):
        old, new = company.customer("华星科技", "王丽", "王芳"), company.customer("金恒", "王丽")
        old.merged_into_id = new.id
        assert company.named("华星") == ["金恒"]
        old.merged_into_id = None
        assert company.named("华星") == ["华星科技"]

    await at_work(work)


async def test_an_old_database_becomes_searchable_batch_by_batch(db):
    def fill(session):
        company = Company(session)
        for n in range(searchable.BATCH // 40):
            customer = company.customer(f"客户{n}", "王丽", "王芳")
            for m in range(90):
                company.says(customer, f"第{m}句，说报价")
            activities.log(session, customer, "报价的事", now=NOW)

    await db.run(fill)
    await db.run(orm.Session.execute, sa.delete(search.Entry))
    await db.run(lambda session: jobs.enqueue(session, searchable.REBUILD, {}, now=NOW))
    steps = 0
    while await db.run(_step):
        steps += 1
    assert steps > len(searchable.sources)
    boss = await db.read(people.named, "老板")
    assert (await db.read(looking.find, boss, "报价")).count == 455
    assert (await db.read(looking.find_customers, boss, "王芳")).count == 5


CUSTOMER_OF_0004 = (
    "INSERT INTO customers (name, kind, status, level, source, industry, currency, tags, "
    "created_at, updated_at, version) "
    "VALUES ('华星科技', 'company', 'lead', '', '', '', 'CNY', '[]', :at, :at, 1)"
)


async def test_an_upgrade_makes_what_is_there_already_searchable(empty_database_url):
    def of_before(session):
        settings = migrating.config()
        settings.attributes["connection"] = session.connection()
        command.upgrade(settings, "0004")
        made = {"at": NOW if session.bind.dialect.name != "sqlite" else NOW.isoformat(" ")[:19]}
        session.execute(sa.text(CUSTOMER_OF_0004), made)

    store = database.open_database(empty_database_url)
    await store.run(of_before)
    await asyncio.to_thread(schema.upgrade, empty_database_url)
    while await store.run(_step, datetime(2100, 1, 1, tzinfo=UTC)):
        pass
    boss = await store.run(lambda session: Company(session).reps["老板"])
    assert (await store.read(looking.find_customers, boss, "华星")).count == 1
    await store.close()


def _step(session, now=NOW):
    claimed = claims.claim(session, [searchable.REBUILD], now=now, limit=1, holder="test")
    for job in claimed:
        searchable.carry_on(session, job.payload, now)
        jobs.finish(session, job)
    return bool(claimed)


async def test_what_is_forgotten_is_found_no_more_and_can_come_back(at_work):
    def work(company):
        entry = company.says(company.customer("华星", "王丽"), "王芳")
        search.forget(company.session, "message", [entry.id])
        assert company.texts("王芳") == []
        searchable.refresh(company.session, "message", [entry.id])
        searchable.refresh(company.session, "message", [entry.id])
        assert company.texts("王芳") == ["王芳"]
        search.move(company.session, "message", [entry.id], None)
        assert company.texts("王芳") == []

    await at_work(work)
