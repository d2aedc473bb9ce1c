"""One process that only handles events, for the benchmark: no webhooks, no deliveries, no timers.

python tests/bench/handler.py DATABASE_URL   handles until it is told to stop
"""

from __future__ import annotations

import asyncio
import signal
import sys

from bot import app, handling, loops, settings
from tests import processes


async def run(url: str) -> None:
    """Handle until SIGTERM."""
    config = settings.load(database_url=url, secret_key=processes.SECRET)
    parts = app.build(config)
    await parts.hub.refresh()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, parts.stop.set)
    work = handling.Handling(parts.desk, parts.setting, parts.hub.parse).run
    async with loops.working(parts.desk, [work]):
        await parts.stop.wait()
    await parts.store.close()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
