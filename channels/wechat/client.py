"""The vendor's API, called through wechatpy's catalogue over our own transport.

wechatpy knows the endpoints and their parameters; its transport is synchronous, has no time-out on
tokens and recurses without end on a bad one. Here each pass-through method (`message.send_text`, …)
returns a coroutine instead. Only such methods may be used; a test lists them.
"""

from __future__ import annotations

import json
from typing import Any

from wechatpy.client import WeChatClient

from channels import contract, http
from channels.wechat import faults, rules
from channels.wechat.settings import Settings
from channels.wechat.tokens import Tokens

_HARMLESS_POSTS = frozenset({"qrcode/create"})


class Client(WeChatClient):  # type: ignore[misc]
    """One account at `api_base`."""

    def __init__(self, name: str, settings: Settings, tools: contract.Tools) -> None:
        # The parent's constructor would open a synchronous session that nothing here uses.
        self._base = settings.api_base
        self._tools = tools
        self._tokens = Tokens(name, settings, tools)

    @property
    def access_token(self) -> str:
        """Tokens are awaited inside each call; the parent reads this while it is constructed."""
        raise AttributeError("tokens are awaited inside each call")

    async def _request(
        self, method: str, url_or_endpoint: str, *, data: Any = None, params: Any = None
    ) -> dict[str, Any]:
        """Call an endpoint, with one renewal and one more try when the token is refused.

        Raises a `DeliveryError` for every error code. A refused token means that nothing was done,
        so the second try is harmless for every endpoint.
        """
        token = await self._tokens.get()
        answer = await self._call(method, url_or_endpoint, token, data, params)
        if faults.code(answer) in rules.TOKEN_STALE:
            token = await self._tokens.renew(stale=token)
            answer = await self._call(method, url_or_endpoint, token, data, params)
        faults.check(answer)
        return answer

    async def _call(
        self, method: str, endpoint: str, token: str, data: Any, params: Any
    ) -> dict[str, Any]:
        return await http.call(
            self._tools.http(),
            method.upper(),
            f"{self._base}/cgi-bin/{endpoint}",
            params={**(params or {}), "access_token": token},
            body=json.loads(data) if isinstance(data, str | bytes) else data,
            idempotent=method.lower() == "get" or endpoint in _HARMLESS_POSTS,
        )
