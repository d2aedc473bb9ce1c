"""api.weixin.qq.com on loopback: tokens, customer-service messages, QR codes, menu.

One server holds any number of accounts, as the vendor's does. It refuses what the vendor refuses,
with the vendor's codes, and can be told to misbehave.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from aiohttp import web

TOKEN_LASTS = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCE_APART = timedelta(seconds=30)
CHINA = timedelta(hours=8)
MAX_TEXT_BYTES = 2048
SCENE_CHARS = 64

DAILY = {"token": 2000, "stable_token": 500_000, "custom/send": 500_000, "qrcode/create": 100_000}
"""Calls a day and account until 45009."""
FORCED_DAILY = 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An error code of the vendor, with its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Account(Protocol):
    """What the server needs of one official account."""

    @property
    def app_id(self) -> str: ...

    @property
    def secret(self) -> str: ...

    def deliver_text(self, openid: str, text: str) -> None:
        """Show a text on a follower's phone; raises `Refusal`."""

    def unionid(self, openid: str) -> str | None:
        """A follower's unionid, None where the account is bound to nothing; raises `Refusal`."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A misbehaviour for one call: `status`, `errcode`, `hang`, `reset` or `delay`.

    `path` is the end of the address it is meant for, empty for any. With `after` the call is
    carried out first and only its answer is spoilt.
    """

    kind: Literal["status", "errcode", "hang", "reset", "delay"]
    value: float = 0
    path: str = ""
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class _Token:
    app_id: str
    until: datetime
    kind: str


@dataclass
class _Stable:
    token: str = ""
    until: datetime | None = None
    forced_at: datetime | None = None


class Api:
    """The vendor's server side of all accounts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, _Token] = {}
        self._stable: dict[str, _Stable] = {}
        self._used: Counter[tuple[str, str, str]] = Counter()
        self.allowed_ips: frozenset[str] | None = None
        """Addresses that may ask for tokens; None for all."""
        self.faults: deque[Fault] = deque()
        """Misbehaviours to come, each for the next call it fits."""
        self.calls: deque[tuple[str, int]] = deque(maxlen=10_000)
        """What was asked and answered: (path below /cgi-bin/, errcode), oldest first."""
        self.daily = dict(DAILY)

    def add(self, account: Account) -> None:
        """Serve one more account."""
        self._accounts[account.app_id] = account

    def forget_tokens(self, app_id: str) -> None:
        """From now on no token handed out so far is valid (40001), as after a new AppSecret."""
        self._tokens = {t: held for t, held in self._tokens.items() if held.app_id != app_id}
        self._stable.pop(app_id, None)

    def forced(self, app_id: str) -> int:
        """How many tokens of this account were replaced by force today."""
        return self._used[(self._day(), app_id, "force")]

    def app(self) -> web.Application:
        """The server as an aiohttp application."""
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_get("/cgi-bin/token", self._answering(self._old_token))
        app.router.add_post("/cgi-bin/stable_token", self._answering(self._stable_token))
        app.router.add_post("/cgi-bin/message/custom/send", self._answering(self._send))
        app.router.add_post("/cgi-bin/qrcode/create", self._answering(self._qrcode))
        app.router.add_get("/cgi-bin/user/info", self._answering(self._user))
        app.router.add_get("/cgi-bin/get_current_selfmenu_info", self._answering(self._menu))
        return app

    def _answering(self, work: Callable[[web.Request], Awaitable[dict[str, Any]]]) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            fault = self._take_fault(request.path)
            if fault is not None and not fault.after:
                spoilt = await self._misbehave(request, fault)
                if spoilt is not None:
                    return spoilt
            answer = await self._carried_out(work, request)
            if fault is not None and fault.after:
                spoilt = await self._misbehave(request, fault)
                if spoilt is not None:
                    return spoilt
            return web.json_response(answer)

        return handler

    async def _carried_out(
        self, work: Callable[[web.Request], Awaitable[dict[str, Any]]], request: web.Request
    ) -> dict[str, Any]:
        try:
            answer = await work(request)
        except Refusal as refusal:
            answer = {"errcode": refusal.code, "errmsg": f"{refusal} rid: {secrets.token_hex(8)}"}
        self.calls.append((request.path.removeprefix("/cgi-bin/"), answer.get("errcode", 0)))
        return answer

    def _take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.endswith(fault.path):
                self.faults.remove(fault)
                return fault
        return None

    async def _misbehave(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        """Play a fault; None when the call goes on as usual after it."""
        match fault.kind:
            case "delay":
                await asyncio.sleep(fault.value)
                return None
            case "status":
                page = "<html><body>Bad Gateway</body></html>"
                status = int(fault.value)
                return web.Response(status=status, text=page, headers=fault.headers)
            case "errcode":
                self.calls.append((request.path.removeprefix("/cgi-bin/"), int(fault.value)))
                return web.json_response({"errcode": int(fault.value), "errmsg": "as told"})
            case "hang":
                await asyncio.sleep(fault.value or 60)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    # Tokens

    async def _old_token(self, request: web.Request) -> dict[str, Any]:
        asked = request.query
        account = self._authenticated(request, asked.get("appid"), asked.get("secret"))
        if asked.get("grant_type") != "client_credential":
            raise Refusal(40002, "invalid grant_type")
        self._spend(account.app_id, "token")
        for held in self._tokens.values():
            if held.app_id == account.app_id and held.kind == "old":
                held.until = min(held.until, self._now() + OVERLAP)
        token = self._issue(account.app_id, "old")
        return {"access_token": token, "expires_in": int(TOKEN_LASTS.total_seconds())}

    async def _stable_token(self, request: web.Request) -> dict[str, Any]:
        asked = await _json(request)
        account = self._authenticated(request, asked.get("appid"), asked.get("secret"))
        if asked.get("grant_type") != "client_credential":
            raise Refusal(40002, "invalid grant_type")
        self._spend(account.app_id, "stable_token")
        stable = self._stable.setdefault(account.app_id, _Stable())
        now = self._now()
        forced = asked.get("force_refresh") is True
        if forced:
            self._allow_force(account.app_id, stable, now)
        if stable.until is None or stable.until - now <= OVERLAP or forced:
            stable.token = self._issue(account.app_id, "stable")
            stable.until = now + TOKEN_LASTS
        left = int((stable.until - now).total_seconds())
        return {"access_token": stable.token, "expires_in": left}

    def _allow_force(self, app_id: str, stable: _Stable, now: datetime) -> None:
        if stable.forced_at is not None and now - stable.forced_at < FORCE_APART:
            raise Refusal(45011, "api minute-quota reach limit")
        key = (self._day(), app_id, "force")
        if self._used[key] >= FORCED_DAILY:
            raise Refusal(45009, "reach max api daily quota limit")
        self._used[key] += 1
        stable.forced_at = now
        old = self._tokens.get(stable.token)
        if old is not None:
            old.until = min(old.until, now + OVERLAP)

    def _authenticated(self, request: web.Request, app_id: Any, secret: Any) -> Account:
        if not app_id:
            raise Refusal(41002, "appid missing")
        account = self._accounts.get(str(app_id))
        if account is None:
            raise Refusal(40013, "invalid appid")
        if not secret:
            raise Refusal(41004, "appsecret missing")
        if secret != account.secret:
            raise Refusal(40125, "invalid appsecret")
        if self.allowed_ips is not None and request.remote not in self.allowed_ips:
            seen = f"{request.remote} ipv6 ::ffff:{request.remote}"
            raise Refusal(40164, f"invalid ip {seen}, not in whitelist")
        return account

    def _issue(self, app_id: str, kind: str) -> str:
        token = f"99_{secrets.token_urlsafe(100)}"
        self._tokens[token] = _Token(app_id, self._now() + TOKEN_LASTS, kind)
        return token

    def _account_of(self, request: web.Request) -> Account:
        token = request.query.get("access_token")
        if not token:
            raise Refusal(41001, "access_token missing")
        held = self._tokens.get(token)
        if held is None:
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
        if held.until <= self._now():
            raise Refusal(42001, "access_token expired")
        return self._accounts[held.app_id]

    def _spend(self, app_id: str, what: str) -> None:
        key = (self._day(), app_id, what)
        self._used[key] += 1
        if self._used[key] > self.daily.get(what, 1_000_000):
            raise Refusal(45009, "reach max api daily quota limit")

    def _day(self) -> str:
        return (self._now() + CHINA).date().isoformat()

    # What tokens are for

    async def _send(self, request: web.Request) -> dict[str, Any]:
        account = self._account_of(request)
        asked = await _json(request)
        self._spend(account.app_id, "custom/send")
        openid = asked.get("touser")
        if not isinstance(openid, str) or not openid:
            raise Refusal(40003, "invalid openid")
        if asked.get("msgtype") != "text":
            raise Refusal(40008, "invalid message type")
        text = asked["text"].get("content") if isinstance(asked.get("text"), dict) else None
        if not isinstance(text, str) or not text:
            raise Refusal(44004, "empty content")
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise Refusal(45002, "content size out of limit")
        account.deliver_text(openid, text)
        return {"errcode": 0, "errmsg": "ok"}

    async def _qrcode(self, request: web.Request) -> dict[str, Any]:
        account = self._account_of(request)
        asked = await _json(request)
        self._spend(account.app_id, "qrcode/create")
        scene = asked.get("action_info", {}).get("scene", {}).get("scene_str", "")
        if asked.get("action_name") != "QR_STR_SCENE" or not 1 <= len(scene) <= SCENE_CHARS:
            raise Refusal(40053, "invalid action info")
        seconds = min(int(asked.get("expire_seconds", 30)), 2_592_000)
        url = f"http://weixin.qq.com/q/{secrets.token_urlsafe(12)}"
        return {"ticket": secrets.token_urlsafe(72), "expire_seconds": seconds, "url": url}

    async def _user(self, request: web.Request) -> dict[str, Any]:
        account = self._account_of(request)
        self._spend(account.app_id, "user/info")
        openid = request.query.get("openid", "")
        unionid = account.unionid(openid)
        told = {"subscribe": 1, "openid": openid, "language": "zh_CN"}
        return told if unionid is None else {**told, "unionid": unionid}

    async def _menu(self, request: web.Request) -> dict[str, Any]:
        self._account_of(request)
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.read())
    except ValueError:
        raise Refusal(47001, "data format error") from None
    if not isinstance(asked, dict):
        raise Refusal(47001, "data format error")
    return asked
