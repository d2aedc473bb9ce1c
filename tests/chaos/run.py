"""`make chaos`: kill and starve the program, and count what was lost or done twice.

The rows are those of RELIABILITY.md §3 that exist so far; each prints its figures, and any that
breaks a promise makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator

from tests.chaos import crashes, figures, redis_away

DATABASES = ("sqlite", "postgresql")
R3_MESSAGES = 5_000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--only", choices=("R1", "R2", "R3"), help="one row of the matrix")
    parser.add_argument("--messages", type=int, default=10_000, help="for R1 (R3: at most 5000)")
    parser.add_argument("--kills", type=int, default=20, help="for R1")
    parser.add_argument("--database", choices=DATABASES, help="one kind of database for R1, R2")
    parser.add_argument("--all", action="store_true", help="R2 on PostgreSQL too")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn by lot")
    return parser.parse_args()


async def _rows(asked: argparse.Namespace) -> AsyncIterator[figures.Row]:
    plan = crashes.Plan(messages=asked.messages, kills=asked.kills, seed=asked.seed)
    kinds = (asked.database,) if asked.database else DATABASES
    if asked.only in (None, "R1"):
        for kind in kinds:
            yield await crashes.at_random(kind, plan)
    if asked.only in (None, "R2"):
        for kind in kinds if asked.all or asked.database else DATABASES[:1]:
            for row in await crashes.at_points(kind, asked.seed):
                yield row
    if asked.only in (None, "R3"):
        yield await redis_away.torments(min(asked.messages, R3_MESSAGES), asked.seed)


async def _run(asked: argparse.Namespace) -> int:
    failed = 0
    print(f"seed {asked.seed}", flush=True)
    async for row in _rows(asked):
        print(row.line(), flush=True)
        failed += bool(row.faults)
    return failed


def main() -> None:
    """The program."""
    sys.exit(1 if asyncio.run(_run(_arguments())) else 0)


if __name__ == "__main__":
    main()
