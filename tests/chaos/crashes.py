"""R1 and R2: kill -9 at random moments, and exactly at every place where it would hurt."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from crm_core import failpoints
from tests.chaos import figures, scene

CONNECTIONS = 16
REPEATS = 0.05
SHORTEST, LONGEST = 0.5, 1.1
"""Seconds of a life before it is ended."""
IN_FLIGHT = 32
"""Sends that a crash can catch: 16 with the provider, 16 in responses."""
TWO_PROCESSES = ("web", "worker")
POINT_MESSAGES = 60
POINT_LIMIT = 40.0
"""Seconds until the process must have come to its fail-point."""
AT_ONCE = 3
"""Most of such a run is waiting, for notices that gather several words."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard to try."""

    messages: int
    kills: int
    seed: int


async def at_random(kind: str, plan: Plan) -> figures.Row:
    """R1: receiver and worker are killed again and again while messages come in."""
    commands = ("serve",) if kind == "sqlite" else TWO_PROCESSES
    with scene.folder() as folder, scene.database_of(kind, folder) as url:
        async with scene.prepared(url, folder, commands, plan.messages, plan.seed) as stage:
            took = await _torment(stage, plan)
            found = await stage.judged()
    return figures.Row(
        name=f"R1 {kind}",
        figures=f"{plan.messages} messages, {plan.kills} kills: {found.line()};"
        f" drained in {took:.0f} s",
        faults=found.faults(IN_FLIGHT * plan.kills),
    )


async def _torment(stage: scene.Scene, plan: Plan) -> float:
    """Let everything be said over all the lives; the seconds it then took to be done with it."""
    # Each life may take so many messages, so that the kills fall all over the run.
    quota, permits = -(-plan.messages // (plan.kills + 1)), asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as crew:
        crew.create_task(
            stage.outside.deliver(stage.traffic, CONNECTIONS, REPEATS, permits, stage.draw)
        )
        for _ in range(plan.kills):
            await stage.start()
            _allow(permits, quota)
            await asyncio.sleep(stage.draw.uniform(SHORTEST, LONGEST))
            stage.kill()
        await stage.start()
        _allow(permits, plan.messages)
    return await stage.drained()


def _allow(permits: asyncio.Semaphore, number: int) -> None:
    for _ in range(number):
        permits.release()


async def at_points(kind: str, seed: int) -> list[figures.Row]:
    """R2: one run for each fail-point, a few at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(point: str) -> figures.Row:
        async with slots:
            return await at_point(kind, point, seed=seed)

    return await asyncio.gather(*map(one, failpoints.POINTS))


async def at_point(
    kind: str, *points: str, seed: int, messages: int = POINT_MESSAGES
) -> figures.Row:
    """The process dies at this place (then at the next), is started again, and nothing is lost."""
    unreached = []
    with scene.folder() as folder, scene.database_of(kind, folder) as url:
        async with scene.prepared(url, folder, ("serve",), messages, seed) as stage:
            permits = asyncio.Semaphore(messages)
            async with asyncio.TaskGroup() as crew:
                crew.create_task(
                    stage.outside.deliver(stage.traffic, CONNECTIONS, REPEATS, permits, stage.draw)
                )
                for point in points:
                    await stage.start(wait=False, failpoint=f"{point}:2")
                    if not await _death(stage):
                        unreached.append(f"{point} was never reached")
                await stage.start()
            await stage.drained()
            found = await stage.judged()
    return figures.Row(
        name=f"R2 {kind} {', '.join(points)}",
        figures=found.line(),
        faults=[*found.faults(IN_FLIGHT * len(points)), *unreached],
    )


async def _death(stage: scene.Scene) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(POINT_LIMIT):
            while stage.processes[0].alive:  # noqa: ASYNC110 - a process sets no event
                await asyncio.sleep(0.02)
    died = not stage.processes[0].alive
    stage.kill()
    return died
