"""The program as others run it: separate processes, settings from crm.toml and the environment."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from channels.sandbox import wechat_callback
from tests.journeys import program

ROOT = Path(__file__).parents[2]
START_LIMIT = 60.0
STOP_LIMIT = 40.0

CHANNEL = """
[[channel]]
kind = "wechat"
name = "main"
app_id = "wxtest"
secret = "app-secret"
token = "callback-token"
encoding_aes_key = "{key}"
api_base = "{base}"

[[channel]]
kind = "carrier-pigeon"
name = "not built yet"
"""


def account(hook_url: str = "") -> wechat_callback.TwinAccount:
    """The official account of crm.toml, as the vendor's console knows it."""
    return wechat_callback.TwinAccount(
        app_id="wxtest",
        secret="app-secret",
        token="callback-token",
        aes_key=program.AES_KEY,
        hook_url=hook_url,
    )


def settings(folder: Path, database_url: str, api_base: str, **more: str) -> dict[str, str]:
    """An environment for one installation, with its crm.toml written."""
    config = folder / "crm.toml"
    config.write_text(CHANNEL.format(key=program.AES_KEY, base=api_base))
    given = {
        "CRM_CONFIG": str(config),
        "CRM_DATABASE_URL": database_url,
        "CRM_DATA_DIR": str(folder),
        "CRM_SECRET_KEY": program.KEY,
        "CRM_REPLY_HOLD": "0",
        **more,
    }
    return {**os.environ, "PYTHONPATH": str(ROOT), **given}


@asynccontextmanager
async def started(
    env: Mapping[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot …` for the block's time; it is killed afterwards if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, env=env, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: asyncio.subprocess.Process, pattern: str) -> re.Match[str]:
    """Wait for a line on stderr that matches."""
    assert process.stderr is not None
    lines = []
    async with asyncio.timeout(START_LIMIT):
        async for line in process.stderr:
            lines.append(line.decode())
            if found := re.search(pattern, lines[-1]):
                return found
    raise AssertionError("".join(lines))


async def run(env: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run one command; its exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
