"""From nothing to healthy, and the memory of a process that has nothing to do."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import processes
from tests.bench import figures, stages

SECONDS = 2.5
MEBIBYTES = 150.0
STARTS, QUICK = 5, 2
REST = 2.0
"""Seconds after which a process counts as idle."""


async def measure(quick: bool) -> list[figures.Figure]:
    """`crm serve`, everything in one process, on a migrated SQLite file."""
    taken, memory = [], 0.0
    with stages.fresh("sqlite") as url, tempfile.TemporaryDirectory(prefix="crm-bench-") as name:
        process = processes.Process("serve", Path(name), {"database_url": url})
        for _ in range(QUICK if quick else STARTS):
            began = time.perf_counter()
            process.start()
            await process.healthy()
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(REST)
            memory = _resident(process.pid)
            process.stop()
    said = f"Python with aiohttp and SQLAlchemy {_bare():.2f} s"
    return [
        figures.Figure(row="start", what="start to healthy, all in one process", unit="s",
                       value=statistics.median(taken), bar=SECONDS, floor=said),
        figures.Figure(row="start", what="idle memory, all in one process", unit="MiB",
                       value=memory, bar=MEBIBYTES),
    ]  # fmt: skip


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp.web, sqlalchemy.orm"], check=True)
    return time.perf_counter() - began


def _resident(pid: int) -> float:
    """Mebibytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kibibytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(kibibytes) / 1024
