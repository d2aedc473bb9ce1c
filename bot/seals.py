"""The sealing loop: what was changed is sealed within seconds, apart from the work that changed it.

`crm doctor` verifies the chain (`crm_core.sealing`); its head is logged, so that it can be compared
with a copy that nobody who tampers with the database can reach.
"""

from __future__ import annotations

import structlog

from bot import loops
from crm_core import sealing

log = structlog.get_logger("seals")

REST = 5.0
"""Seconds between two looks for what is not sealed yet."""


class Seals:
    """Seals the audit until the desk closes."""

    def __init__(self, desk: loops.Desk) -> None:
        self.desk = desk
        self._everything = True
        """At first also stragglers of any age: what a stop left, or an upgrade found."""

    async def run(self) -> None:
        """The loop."""
        while not self.desk.stopping.is_set():
            with loops.reporting_faults("seals"):
                if await self.step() >= sealing.BATCH:
                    continue
            await self.desk.nap(REST)

    async def step(self) -> int:
        """Seal one batch; how many change sets it were."""
        store = self.desk.store
        if not await store.read(sealing.pending, everything=self._everything):
            self._everything = False
            return 0
        sealed = await store.run(sealing.seal, everything=self._everything)
        if sealed:
            log.debug("sealed", action="sealed", count=sealed)
        return sealed
