"""How many webhooks are durably acknowledged a second, against the plain thing in the same run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests import processes
from tests.bench import callbacks, company, figures, load, stages

REQUESTS, QUICK = 12_000, 4_000
CONNECTIONS = 32
REPEATS = 0.05
PEOPLE = 2_000
ROUNDS = 3
"""Floor and ours take turns, since a machine has moods; the medians are compared."""
BAR = {"sqlite": 4.0, "postgresql": 2.0}
P99_MS = 50.0
HERE = Path(__file__).parent
A_DAY = "86400"


async def measure(quick: bool) -> list[figures.Figure]:
    """Both databases."""
    found: list[figures.Figure] = []
    for kind in stages.DATABASES:
        with stages.fresh(kind) as url:
            async with stages.opened(url):
                pass
            found += await _compared(kind, url, QUICK if quick else REQUESTS)
    return found


async def _compared(kind: str, url: str, number: int) -> list[figures.Figure]:
    floors, ours = [], []
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as name:
        for turn in range(ROUNDS):
            async with _floor(url) as base:
                floors.append(await _burst(base, Path(name), number // 2, 2 * turn))
            async with _ours(url, Path(name)) as base:
                ours.append(await _burst(base, Path(name), number, 2 * turn + 1))
    floor = statistics.median(one["rate"] for one in floors)
    rate = statistics.median(one["rate"] for one in ours)
    p99 = statistics.median(one["p99_ms"] for one in ours)
    bad = sum(count for one in ours for status, count in one["statuses"].items() if status != "200")
    said = f"{rate:,.0f}/s against {floor:,.0f}/s"
    row = f"ack/{kind[:6]}"
    return [
        figures.Figure(row=row, what="durable acknowledgements, times the floor", unit="×",
                       value=rate / floor, bar=BAR[kind], at_least=True, floor=said),
        figures.Figure(row=row, what="acknowledged within, p99", unit="ms", value=p99, bar=P99_MS),
        figures.Figure(row=row, what="not acknowledged", unit="", value=bad, bar=0),
    ]  # fmt: skip


@contextlib.asynccontextmanager
async def _floor(url: str) -> AsyncIterator[str]:
    process = _start_floor(url)
    assert process.stdout is not None
    try:
        yield (await asyncio.to_thread(process.stdout.readline)).strip()
    finally:
        process.terminate()
        process.wait()


def _start_floor(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "floor.py"), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextlib.asynccontextmanager
async def _ours(url: str, folder: Path) -> AsyncIterator[str]:
    settings = {"database_url": url, "webhook_freshness": A_DAY}
    process = processes.Process("web", folder, settings)
    process.start()
    try:
        await process.healthy()
        yield process.base
    finally:
        process.stop()


async def _burst(base: str, folder: Path, number: int, seed: int) -> dict[str, Any]:
    """Everything at once over the connections; what the load generator reports."""
    people = [company.openid(i + 1) for i in range(PEOPLE)]
    hook = f"{base}/hooks/wechat/{company.ACCOUNT}"
    path = folder / "requests"
    made = callbacks.requests(hook, number, people, repeats=REPEATS, seed=seed)
    load.save(path, made)
    port = base.rpartition(":")[2]
    command = [sys.executable, str(HERE / "load.py"), str(path), port, str(CONNECTIONS)]
    done = await asyncio.to_thread(subprocess.run, command, stdout=subprocess.PIPE, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report
