"""The program `crm` in processes of its own, to be measured, killed and started again."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

SECRET = "a-secret-key-that-only-tests-use-0123456789"
START_LIMIT = 30.0
"""Seconds a process gets to become healthy on a busy machine."""
END_LIMIT = 30.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """One `crm COMMAND`, not started yet. `settings` are CRM_… without the prefix."""

    command: str
    folder: Path
    settings: Mapping[str, str]
    port: int = 0
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.command in ("serve", "web"):
            self.port = self.port or free_port()

    @property
    def base(self) -> str:
        """The origin it listens on."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its number; AssertionError while it does not run."""
        assert self._running is not None
        return self._running.pid

    @property
    def log(self) -> Path:
        """Everything it wrote to stderr in all its lives."""
        return self.folder / f"{self.command}-{self.port}.log"

    def start(self, **more: str) -> None:
        """Start it, with more settings for this life only."""
        given = {**self.settings, "secret_key": SECRET, "data_dir": str(self.folder), **more}
        if self.port:
            given["port"] = str(self.port)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CRM_")}
        environment = kept | {f"CRM_{name.upper()}": value for name, value in given.items()}
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "bot", self.command],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def healthy(self) -> float:
        """Wait until it answers /healthz; the seconds that took. RuntimeError when it ended."""
        began = time.monotonic()
        async with aiohttp.ClientSession() as session:
            while time.monotonic() - began < START_LIMIT:
                if not self.alive:
                    raise RuntimeError(f"crm {self.command} ended:\n{self.tail()}")
                try:
                    async with session.get(f"{self.base}/healthz") as answer:
                        if answer.status == 200:
                            return time.monotonic() - began
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.01)
        raise TimeoutError(f"crm {self.command} is not healthy:\n{self.tail()}")

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.poll() is None

    def kill(self) -> None:
        """End it as a power cut of the process would: SIGKILL."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def stop(self) -> None:
        """Ask it to end and wait for that."""
        if self._running is None:
            return
        self._running.terminate()
        try:
            self._running.wait(END_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
