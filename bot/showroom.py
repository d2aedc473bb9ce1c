"""`crm serve --demo`: the vendors' twins, a made-up company and two phones in the browser.

Everything runs through the real webhook, adapter, queues and API calls; only `api_base` points at
the twin on loopback. The demo has a data folder of its own and never touches real data.
"""

from __future__ import annotations

from pathlib import Path

import click

from admin_web.pages import sandbox as page
from bot import app, demo, settings
from channels.sandbox import wechat, wechat_callback
from conversations import accounts
from crm_core import clock

ACCOUNT = "demo"
APP_ID, APP_SECRET, TOKEN = "wxdemo0000000000", "demo-app-secret", "demo-token"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
FOLDER = "demo"


def apart(config: settings.Settings) -> settings.Settings:
    """The same settings with a data folder of their own, unless a database was named on purpose."""
    if config.database_url:
        return config
    return config.model_copy(update={"data_dir": Path(config.data_dir) / FOLDER})


async def serve(parts: app.App) -> None:
    """Serve the demo until told to stop."""
    people = await parts.store.run(
        demo.seed, now=clock.now(), timezone=parts.config.timezone, account=ACCOUNT
    )
    async with wechat.Platform(clock.now) as platform:
        twin = platform.open(_twin_account())
        for person in people.everybody():
            twin.adopt(person.openid, wrote=person.wrote)
        await parts.store.run(
            accounts.put, "wechat", ACCOUNT, _settings(platform.base), clock.now()
        )
        sandbox = page.Sandbox(
            twin=twin,
            database=parts.store,
            account=ACCOUNT,
            company=demo.company()["company"],
            language=parts.config.language,
            timezone=parts.config.timezone,
            closing=parts.stop,
        )

        async def ready(base: str) -> None:
            twin.account = _twin_account(f"{base}/hooks/wechat/{ACCOUNT}")
            click.echo(_welcome(base, parts.config.language), err=True)

        await app.serve(parts, work=True, routes=page.routes(sandbox), ready=ready)


def _twin_account(hook_url: str = "") -> wechat_callback.TwinAccount:
    return wechat_callback.TwinAccount(
        app_id=APP_ID,
        secret=APP_SECRET,
        token=TOKEN,
        aes_key=AES_KEY,
        mode="safe",
        hook_url=hook_url,
    )


def _settings(api_base: str) -> dict[str, str]:
    return {
        "app_id": APP_ID,
        "secret": APP_SECRET,
        "token": TOKEN,
        "encoding_aes_key": AES_KEY,
        "mode": "safe",
        "api_base": api_base,
    }


def _welcome(base: str, language: str) -> str:
    """Where to look and what to try; printed once the server listens."""
    return (EN if language == "en" else ZH).format(base=base)


ZH = """
  会话已启动。请打开 {base}/sandbox
  左边是销售的微信，右边是客户的微信。在销售的手机上试试：
    查 华星
    华星 报价 8.5w 月底签
    提醒 1分钟后 给华星打电话
"""
EN = """
  Huihua is running. Open {base}/sandbox
  Left is a rep's WeChat, right a customer's. Try on the rep's phone:
    find 华星
    华星 报价 8.5w 月底签
    remind in 1 minute call 华星
"""
