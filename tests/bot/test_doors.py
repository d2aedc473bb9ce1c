"""Who hears of a customer, and what finding that out costs."""

from __future__ import annotations

from bot import doors, world
from conversations import watching
from crm_core import customers, presence
from tests import statements
from tests.bot.commands.test_presence import bound

SETTING = world.World()


async def test_owners_and_watchers_are_found_in_one_statement_that_starts_from_them(talk):
    await bound(talk, "王丽", "李强", "赵敏")

    def work(session):
        told = [session.get_one(customers.Customer, number) for number in (1, 2, 4)]
        watching.watch(session, 3, 1, talk.now + watching_for)
        with statements.counted(session) as made, statements.explained(session) as plans:
            known = doors.Doors(session, told, SETTING, talk.now)
            heard = [known.of(each) for each in told]
        return made, plans, heard, session.get_bind().dialect.name

    watching_for = presence.DAY
    made, plans, heard, dialect = await talk.run(work)
    assert len([each for each in made if not each.startswith("EXPLAIN")]) == 1
    assert [[rep.name for rep, _ in each.listeners] for each in heard] == [
        ["王丽"],
        ["王丽"],
        ["李强"],
    ]
    assert [[rep.name for rep, _ in each.watchers] for each in heard] == [["赵敏"], [], []]
    if dialect == "sqlite":
        assert not [line for line in plans if line.startswith("SCAN") or "kind" in line]
