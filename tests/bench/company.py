"""A big made-up company, put into a database in bulk: seeded, believable, the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.util import await_only

from conversations import accounts
from crm_core import addresses, customers, deals, names, people, pipelines
from tests.bench import callbacks

REPS = 20
ACCOUNT = "bench"
CHUNK = 10_000
PLACES = "上海 北京 深圳 广州 杭州 苏州 南京 宁波 东莞 佛山 青岛 武汉 成都 西安 厦门 无锡".split()
FIRST = "华东金恒瑞鼎盛嘉博德泰宏启远明天海安凯信康美新正云星力达永富"
SECOND = "星达源泰丰信诚辉腾越创联科锐芯航捷图城洋阳帆森鑫邦宇和润通利"
TRADES = "科技 贸易 机械 电子 精密 物流 化工 包装 新材料 自动化 食品 医疗器械".split()
FORMS = ("有限公司", "股份有限公司", "集团有限公司")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"


def openid(number: int) -> str:
    """The WeChat id of the contact of that number, of the vendor's 28 characters."""
    return f"oBench{number:022d}"


def rep_openid(number: int) -> str:
    """The WeChat id of a rep."""
    return f"oRep{number:024d}"


def found(session: orm.Session, now: datetime) -> None:
    """The official account, the reps with bound chats, the pipeline."""
    pipelines.ensure_default(session)
    accounts.put(session, "wechat", ACCOUNT, callbacks.settings(), now)
    for number in range(1, REPS + 1):
        rep = people.add(session, f"销售{number}", people.Role.REP, now=now)
        who = rep_openid(number)
        addresses.add(session, "wechat", who, account=ACCOUNT, rep_id=rep.id, now=now)


def grow(session: orm.Session, first: int, number: int, now: datetime, *, findable: bool) -> None:
    """Customers `first` … `first + number - 1`, each with a contact and a WeChat address.

    `findable` adds their name keys and a deal for every fourth, which takes most of the time.
    """
    for start in range(first, first + number, CHUNK):
        block = range(start, min(start + CHUNK, first + number))
        drawn = [(i, random.Random(i)) for i in block]
        _insert(session, customers.Customer, (_customer(i, draw, now) for i, draw in drawn))
        _insert(session, customers.Contact, (_contact(i, now) for i in block))
        _insert(session, addresses.Address, (_address(i, now) for i in block))
        if findable:
            _insert(session, customers.NameKey, (key for i in block for key in _keys(i)))
            _insert(session, deals.Deal, (_deal(i, now) for i in block if i // REPS % 4 == 0))


def name(number: int) -> str:
    """A customer's name, the same for the same number."""
    draw = random.Random(number)
    place = draw.choice(PLACES) if draw.random() < 0.7 else ""
    core = "".join(draw.choice(part) for part in (FIRST, SECOND, FIRST)[: draw.choice((2, 3))])
    return place + core + draw.choice(TRADES) + draw.choice(FORMS)


def person(number: int) -> str:
    """The name of a customer's contact; some hundreds of people share each."""
    draw = random.Random(-number)
    return draw.choice(SURNAMES) + draw.choice(GIVEN)


def owner(number: int) -> int:
    """Whose customer that is."""
    return number % REPS + 1


def _customer(number: int, draw: random.Random, now: datetime) -> dict[str, Any]:
    made = now - timedelta(minutes=draw.randrange(500_000))
    return {
        "id": number,
        "name": name(number),
        "kind": "company",
        "status": draw.choice(("lead", "active", "active", "won")),
        "owner_id": owner(number),
        "created_at": made,
        "updated_at": made,
        "version": 1,
    }


def _contact(number: int, now: datetime) -> dict[str, Any]:
    return {"id": number, "customer_id": number, "name": person(number), "created_at": now}


def _address(number: int, now: datetime) -> dict[str, Any]:
    return {
        "kind": "wechat",
        "account": ACCOUNT,
        "value": openid(number),
        "contact_id": number,
        "created_at": now,
    }


def _keys(number: int) -> Iterator[dict[str, Any]]:
    for contact_id, called in ((None, name(number)), (number, person(number))):
        key = {"customer_id": number, "contact_id": contact_id}
        yield from ({**key, "kind": each.kind, "value": each.value} for each in _stored(called))


@lru_cache(2000)
def _stored(called: str) -> Sequence[names.NameKey]:
    return names.stored(called)


def _deal(number: int, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": number,
        "title": f"{name(number)[:6]}设备",
        "stage": "contacted",
        "status": "open",
        "amount": number % 900 * 1000 + 10_000,
        "close_date": (now + timedelta(days=number % 90)).date(),
        "probability": 10,
        "owner_id": owner(number),
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }


def _insert(session: orm.Session, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    table, made = cast(sa.Table, model.__table__), list(rows)
    connection = session.connection()
    if made and model is customers.NameKey and connection.dialect.name == "postgresql":
        # Millions of rows of plain values.
        driver: Any = connection.connection.driver_connection
        records = [tuple(row.values()) for row in made]
        await_only(driver.copy_records_to_table(table.name, records=records, columns=[*made[0]]))
    elif made:
        # On the connection and the table: the unit of work is ten times slower.
        connection.execute(sa.insert(table), made)


def analysed(session: orm.Session) -> None:
    """Let the database learn how big its tables are, as it does by itself in time."""
    session.connection().exec_driver_sql("ANALYZE")
