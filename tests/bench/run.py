"""`make bench`: speed, measured against a floor in the same run; a missed bar makes exit code 1.

The bars are those of DESIGN §6. Run it on a machine that does nothing else: what others do shows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from bot import logs
from tests.bench import (
    ack,
    commands,
    figures,
    flow,
    searching,
    senders,
    sentences,
    starting,
    timelines,
)

ROWS = {
    "ack": ack.measure,
    "flow": flow.measure,
    "command": commands.measure,
    "sender": senders.measure,
    "timeline": timelines.measure,
    "search": searching.measure,
    "sentence": sentences.measure,
    "start": starting.measure,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=ROWS, action="append", help="one row; may be repeated")
    parser.add_argument("--quick", action="store_true", help="smaller and coarser")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


async def _measured(asked: argparse.Namespace) -> list[figures.Figure]:
    found: list[figures.Figure] = []
    for name in asked.only or ROWS:
        began = time.perf_counter()
        measured = await ROWS[name](asked.quick)
        print(figures.table(measured), flush=True)
        print(f"     {name} took {time.perf_counter() - began:.0f} s", file=sys.stderr)
        found += measured
    return found


def main() -> None:
    """The program."""
    asked = _arguments()
    logs.configure("console")
    found = asyncio.run(_measured(asked))
    if asked.json:
        text = json.dumps([one.json() for one in found], ensure_ascii=False, indent=2)
        asked.json.write_text(text + "\n", "utf-8")
    sys.exit(0 if all(one.holds for one in found) else 1)


if __name__ == "__main__":
    main()
