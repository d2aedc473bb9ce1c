"""A load generator in a process of its own: ready-made requests over keep-alive connections.

It does as little as possible for each request, so that the server under test is the bottleneck:
the bytes are made beforehand and the answer is only searched for its status and its end.

    python tests/bench/load.py FILE PORT CONNECTIONS   prints one JSON object
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import uvloop

_LENGTH = 4


def save(path: Path, requests: Sequence[bytes]) -> None:
    """Write requests where `main` finds them."""
    framed = (len(request).to_bytes(_LENGTH, "big") + request for request in requests)
    path.write_bytes(b"".join(framed))


def _load(path: Path) -> list[bytes]:
    stored, requests, at = path.read_bytes(), [], 0
    while at < len(stored):
        start = at + _LENGTH
        at = start + int.from_bytes(stored[at:start], "big")
        requests.append(stored[start:at])
    return requests


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, requests: Iterator[bytes], tally: _Tally) -> None:
        self._requests, self._tally = requests, tally
        self._received = b""
        self._began = 0.0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def next(self) -> None:
        """Send one more request, or finish."""
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self.over.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap or len(body) < _content_length(head):
            return
        self._tally.answered(int(head[9:12]), time.perf_counter() - self._began)
        self._received = b""
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionError("the server hung up"))


def _content_length(head: bytes) -> int:
    start = head.lower().find(b"content-length:")
    if start < 0:
        raise ValueError(f"an answer without a length: {head[:200]!r}")
    return int(head[start + 15 :].split(b"\r\n", 1)[0])


class _Tally:
    """What came back, and how quickly."""

    def __init__(self) -> None:
        self._taken: list[float] = []
        self._statuses: Counter[int] = Counter()

    def answered(self, status: int, seconds: float) -> None:
        self._statuses[status] += 1
        self._taken.append(seconds)

    def report(self, seconds: float) -> dict[str, object]:
        """Requests a second, latencies in milliseconds, statuses."""
        taken = sorted(self._taken)
        return {
            "rate": len(taken) / seconds,
            "p50_ms": taken[len(taken) // 2] * 1000,
            "p99_ms": taken[int(len(taken) * 0.99)] * 1000,
            "max_ms": taken[-1] * 1000,
            "statuses": dict(self._statuses),
        }


async def _run(requests: list[bytes], port: int, connections: int) -> dict[str, object]:
    loop, tally, left = asyncio.get_running_loop(), _Tally(), iter(requests)
    made = [
        (await loop.create_connection(lambda: _Connection(left, tally), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began = time.perf_counter()
    for connection in made:
        connection.next()
    await asyncio.gather(*(connection.over for connection in made))
    return tally.report(time.perf_counter() - began)


def main() -> None:
    """Run as a program; see the module's docstring."""
    path, port, connections = sys.argv[1:]
    print(json.dumps(uvloop.run(_run(_load(Path(path)), int(port), int(connections)))))


if __name__ == "__main__":
    main()
