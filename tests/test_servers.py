"""The servers that other tests stand on."""

import socket

import asyncpg
import pytest
import redis.asyncio
import sqlalchemy as sa
from playwright.async_api import Browser
from sqlalchemy import orm

from bot import tables
from crm_core import database


async def test_a_fresh_database_answers_on_both_kinds(empty_database_url):
    db = database.open_database(empty_database_url)
    assert await db.run(lambda session: session.scalar(sa.text("SELECT 'ä 会话'"))) == "ä 会话"
    await db.close()


async def test_every_test_gets_a_database_with_tables_and_without_rows(database_url):
    assert tables.__all__
    db = database.open_database(database_url)
    for name in database.Base.metadata.tables:
        count = sa.select(sa.func.count()).select_from(sa.table(name))
        assert await db.run(orm.Session.scalar, count) == 0
    await db.close()


async def test_postgres_keeps_text_in_utf8(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    await connection.close()


@pytest.mark.parametrize("turn", [1, 2])
async def test_redis_is_empty_for_every_test(redis_url, turn):
    async with redis.asyncio.from_url(redis_url) as client:
        assert await client.keys() == []
        await client.set("left", turn)


async def test_chromium_shows_a_page(browser: Browser):
    page = await browser.new_page()
    await page.set_content("<h1>会话</h1>")
    assert await page.inner_text("h1") == "会话"


def test_nothing_reaches_beyond_this_machine():
    # An address reserved for documentation; pytest-socket stops it before anything is sent.
    with pytest.raises(UserWarning, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
