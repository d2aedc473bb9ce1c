"""Who is there and when somebody is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm_core import clock, errors, people, presence

SHANGHAI = clock.zone("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def local(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def rep(**how):
    return people.Rep(**{"id": 1, "name": "王丽", "active": True, "quiet_hours": "", **how})


@pytest.mark.parametrize(
    ("hours", "at", "back"),
    [
        ("", local(23, 3), None),
        ("22:00-08:00", local(23, 21, 59), None),
        ("22:00-08:00", local(23, 22), local(24, 8)),
        ("22:00-08:00", local(23, 7, 59), local(23, 8)),
        ("22:00-08:00", local(23, 8), None),
        ("12:00-13:30", local(23, 13), local(23, 13, 30)),
    ],
)
def test_quiet_hours_end_by_the_own_clock(hours, at, back):
    assert presence.back_at(rep(quiet_hours=hours), at.astimezone(UTC), SHANGHAI) == back


def test_leave_that_ends_at_night_lasts_until_the_quiet_hours_are_over():
    person = rep(quiet_hours="22:00-08:00", leave_until=local(25, 0))
    assert presence.back_at(person, NOW, SHANGHAI) == local(25, 8)


def test_what_ends_last_counts_and_what_is_over_does_not():
    person = rep(dnd_until=local(23, 18), leave_until=local(25, 0))
    assert presence.back_at(person, NOW, SHANGHAI) == local(25, 0)
    assert presence.back_at(rep(dnd_until=NOW), NOW, SHANGHAI) is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [("22-8", "22:00-08:00"), ("22:30-7", "22:30-07:00"), ("23点到7点", "23:00-07:00"), ("", "")],
)
def test_hours_are_read_as_people_write_them(said, kept):
    person = rep()
    presence.keep_quiet(person, said)
    assert person.quiet_hours == kept


@pytest.mark.parametrize("said", ["8", "25-8", "8-8", "22:75-8", "nights", "22-8-9"])
def test_hours_that_are_none_are_refused(said):
    with pytest.raises(errors.Refusal, match=r"presence\.hours-invalid"):
        presence.keep_quiet(rep(), said)


def test_leave_is_neither_past_nor_for_ever_nor_covered_by_oneself():
    person = rep()
    for until in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=400)):
        with pytest.raises(errors.Refusal, match=r"presence\.until-invalid"):
            presence.take_leave(person, until, None, NOW)
    with pytest.raises(errors.Refusal, match=r"presence\.own-deputy"):
        presence.take_leave(person, NOW + timedelta(days=1), person, NOW)


async def test_a_deputy_who_is_away_has_a_deputy_and_circles_end(db):
    def work(session):
        one, two, three = (
            people.add(session, name, people.Role.REP, now=NOW) for name in ("甲", "乙", "丙")
        )
        until = NOW + timedelta(days=2)
        presence.take_leave(one, until, two, NOW)
        found = [presence.deputy(session, one, NOW, SHANGHAI)]
        presence.take_leave(two, until, three, NOW)
        found.append(presence.deputy(session, one, NOW, SHANGHAI))
        presence.take_leave(three, until, one, NOW)
        found.append(presence.deputy(session, one, NOW, SHANGHAI))
        presence.come_back(three)
        people.disable(session, three, NOW)
        found.append(presence.deputy(session, one, NOW, SHANGHAI))
        return [each and each.name for each in found]

    assert await db.run(work) == ["乙", "丙", None, None]
