"""WeChat official accounts (公众号): people write to the account, we answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlencode

from pydantic import BaseModel

from channels import contract, messages
from channels.wechat import parse, rules, text, webhook
from channels.wechat.client import Client
from channels.wechat.settings import Settings


class Channel:
    """One official account; see `contract.Channel`."""

    kind: ClassVar[str] = "wechat"
    Settings: ClassVar[type[BaseModel]] = Settings
    capabilities: ClassVar[contract.Capabilities] = contract.Capabilities(
        address_kind="wechat",
        max_text_bytes=rules.TEXT_BYTES,
        passive_reply=True,
        taps=True,
        windows=rules.WINDOWS,
    )

    def __init__(self, account: contract.Account, tools: contract.Tools) -> None:
        self._account = account
        self._webhook = webhook.Webhook(account.name, account.settings, tools)
        self._client = Client(account.name, account.settings, tools)

    def routes(self) -> Sequence[contract.Route]:
        """The one address that the vendor's console asks for."""
        return (
            contract.Route(method="GET", handler=self._webhook.verify),
            contract.Route(method="POST", handler=self._webhook.receive),
        )

    def parse(self, raw: bytes) -> Sequence[messages.Inbound]:
        """Understand one recorded push; raises ValueError for bytes that are none."""
        return parse.parse(raw, self._account.name)

    async def send(self, message: messages.OutboundMessage) -> messages.Sent:
        """Send by the customer-service API, in as few parts as the vendor's limit allows.

        Each part uses up one of the window's messages. When a part fails after others arrived the
        outcome is unknown as a whole: sending again would repeat what the person has read.
        """
        parts = text.split(text.outgoing(message))
        for number, part in enumerate(parts):
            try:
                await self._client.message.send_text(message.to.value, part)
            except contract.DeliveryError as error:
                if number == 0:
                    raise
                arrived = f"{number} of {len(parts)} parts arrived, then"
                raise contract.OutcomeUnknown(f"{arrived}: {error}") from None
        return messages.Sent(parts=len(parts))

    async def run(self) -> None:
        """Everything is pushed to us."""

    async def check(self) -> str:
        """Whether WeChat takes our credentials, and what its console menu does."""
        try:
            menu = await self._client.menu.get_menu_info()
        except contract.Refused as refused:
            # 48001: the token was accepted, the account is just not certified.
            return f"WeChat accepts the credentials, but: {refused}"
        switched = "on" if str(menu.get("is_menu_open", "0")) == "1" else "off"
        return f"WeChat accepts the credentials; the account's menu is {switched}"

    @property
    def identifies(self) -> bool:
        """Whether WeChat tells unionids: only to accounts bound to an Open Platform account."""
        return bool(self._account.settings.open_platform)

    async def also_known_as(self, address: messages.Address) -> Sequence[messages.Address]:
        """The follower's unionid, the same on all accounts of one Open Platform account.

        https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html
        """
        if not self.identifies or address.kind != self.kind:
            return ()
        told = await self._client.user.get(address.value)
        unionid = told.get("unionid")
        if not isinstance(unionid, str) or not unionid:
            return ()
        return (messages.Address(kind="unionid", value=unionid),)

    async def qr(self, scene: str, ttl: timedelta) -> str:
        """The address of the picture of a temporary QR code.

        Who scans it comes back as an `InboundFollow` with this `scene` (1 to 64 characters); `ttl`
        is at most 30 days. Raises ValueError for what does not fit, else a `DeliveryError`.
        """
        if not 1 <= len(scene) <= rules.SCENE_CHARS:
            raise ValueError(f"a scene has 1 to {rules.SCENE_CHARS} characters")
        if not timedelta(seconds=1) <= ttl <= rules.SCENE_LASTS:
            raise ValueError("a QR code lasts from one second to 30 days")
        made = await self._client.qrcode.create(
            {
                "expire_seconds": int(ttl.total_seconds()),
                "action_name": "QR_STR_SCENE",
                "action_info": {"scene": {"scene_str": scene}},
            }
        )
        if not isinstance(made.get("ticket"), str):
            raise contract.RetryLater("WeChat answered without a ticket")
        return f"{rules.QR_PICTURE}?{urlencode({'ticket': made['ticket']})}"
