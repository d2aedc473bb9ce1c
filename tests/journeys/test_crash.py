"""A small, always-on part of `make chaos`: kill -9 loses nothing and does nothing twice."""

from __future__ import annotations

import pytest

from tests.chaos import crashes

pytestmark = pytest.mark.slow


async def test_killing_the_program_again_and_again_loses_and_doubles_nothing() -> None:
    row = await crashes.at_random("sqlite", crashes.Plan(messages=40, kills=2, seed=1))
    assert row.faults == [], row.line()


async def test_dying_at_a_commit_and_after_a_send_loses_and_doubles_nothing() -> None:
    points = ("handling.before-commit", "delivering.after-send")
    row = await crashes.at_point("sqlite", *points, seed=1, messages=15)
    assert row.faults == [], row.line()
