"""The account's access token: shared by all processes, renewed by one of them at a time."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from channels import contract, http
from channels.wechat import faults, rules
from channels.wechat.settings import Settings

_LOCKED = timedelta(seconds=15)


class Tokens:
    """Gets tokens by `stable_token`, which gives the same one to everybody while it is valid."""

    def __init__(self, name: str, settings: Settings, tools: contract.Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._key = f"wechat:{name}:{settings.app_id}:token"

    async def get(self) -> str:
        """A token that is good for some minutes; raises a `DeliveryError` when there is none."""
        return await self._tools.shared.get(self._key) or await self._fetch_once(stale="")

    async def renew(self, stale: str) -> str:
        """Another token than `stale`, which the vendor has just refused.

        When several ask at once, the first asks the vendor and the others take its answer.
        """
        return await self._fetch_once(stale)

    async def _fetch_once(self, stale: str) -> str:
        shared = self._tools.shared
        async with shared.lock(f"{self._key}:lock", _LOCKED):
            present = await shared.get(self._key)
            if present and present != stale:
                return present
            token, lasts = await self._fetch(await self._must_force(stale))
            await shared.put(self._key, token, lasts)
            return token

    async def _must_force(self, stale: str) -> bool:
        """Whether asking nicely has been tried for this very token: then it is to be replaced.

        At most once in `rules.FORCE_PAUSE`, since the vendor counts forced renewals.
        """
        if not stale:
            return False
        shared = self._tools.shared
        asked = f"{self._key}:refused:{hashlib.sha256(stale.encode()).hexdigest()[:16]}"
        if not await shared.get(asked):
            await shared.put(asked, "1", rules.FORCE_PAUSE)
            return False
        if await shared.get(f"{self._key}:forced"):
            return False
        await shared.put(f"{self._key}:forced", "1", rules.FORCE_PAUSE)
        return True

    async def _fetch(self, force: bool) -> tuple[str, timedelta]:
        answer = await http.call(
            self._tools.http(),
            "POST",
            f"{self._settings.api_base}/cgi-bin/stable_token",
            body={
                "grant_type": "client_credential",
                "appid": self._settings.app_id,
                "secret": self._settings.secret.get_secret_value(),
                "force_refresh": force,
            },
            idempotent=True,
        )
        faults.check(answer)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise contract.RetryLater("WeChat answered without an access token")
        lasts = timedelta(seconds=max(seconds, 2))
        return token, max(lasts - rules.TOKEN_MARGIN, lasts / 2)
