"""`/sandbox`: two phones in the browser, a rep's and a customer's, on top of WeChat's twin.

Only `crm serve --demo` mounts it. What is typed goes through the twin, the real webhook and the
real queues; the page itself writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from sqlalchemy import orm

from admin_web import phrases
from admin_web.pages import phones, records, traces
from channels.sandbox import phones as twin_phones
from channels.sandbox import wechat
from crm_core import clock, database, errors

FOLDER = Path(__file__).parent.parent
STATIC = FOLDER / "static" / "sandbox"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LONGEST = 600
"""Characters of one message; WeChat itself stops at 2,048 bytes."""
POLL = 0.1
"""Seconds between two looks at the phones, which are in this process's memory."""
LOOK_EVERY = 5
"""Every so many of them the database is looked at, too."""
PING_EVERY = 150
"""And after so many something is sent in any case, so that a browser that left is noticed."""
Send = Callable[[str, Any], Awaitable[None]]
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no phone sends and XML cannot hold."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """What the page shows and speaks through. `account` is the official account's name with us.

    `company` stands above the customer's chat; `closing` ends the open streams when it is set.
    """

    twin: wechat.Twin
    database: database.Database
    account: str
    company: str = ""
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    now: clock.Clock = clock.now
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    newcomers: set[str] = field(default_factory=set)
    """Phones that this page has made and whose follow may still be on its way."""


@dataclass(frozen=True, kw_only=True)
class _View:
    """How one browser wants to see it: its language, and which two phones."""

    language: str
    say: phrases.Say
    zone: ZoneInfo
    started: datetime
    openids: dict[phones.Side, str]


def routes(sandbox: Sandbox) -> list[web.RouteDef]:
    """The page and all it talks to."""
    page = _Page(sandbox)
    return [
        web.get("/sandbox", page.show),
        web.get("/sandbox/events", page.events),
        web.get(r"/sandbox/steps/{kind:[a-z]+}/{id:\d{1,15}}", page.step),
        web.post("/sandbox/say", page.say),
        web.post("/sandbox/follow", page.follow),
        web.get("/sandbox/static/{name}", _static),
    ]


class _Page:
    """The handlers, over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.zone = clock.zone(sandbox.timezone)
        # What the twin itself shows begins here; what was said before comes from the log.
        self.started = sandbox.now()

    async def show(self, request: web.Request) -> web.Response:
        """The page itself."""
        language = self._language(request)
        everyone = await self.sandbox.database.read(phones.everybody, self.sandbox.account)
        html = (
            _templates(language)
            .get_template("sandbox.html")
            .render(
                lang="zh-CN" if language == "zh" else "en",
                language=language,
                reps=phones.owners_of(everyone, "rep"),
                customers=phones.owners_of(everyone, "customer"),
                words=_words(phrases.speaker(language)),
                company=self.sandbox.company,
                timezone=self.sandbox.timezone,
            )
        )
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    def _language(self, request: web.Request) -> str:
        asked = request.query.get("lang", "")
        return asked if asked in ("zh", "en") else self.sandbox.language

    def _view(self, request: web.Request) -> _View:
        language = self._language(request)
        return _View(
            language=language,
            say=phrases.speaker(language),
            zone=self.zone,
            started=self.started,
            openids={
                "rep": request.query.get("rep", ""),
                "customer": request.query.get("customer", ""),
            },
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The stream: `phones` once with everything, then `entry` and `state` as they come."""
        response = web.StreamResponse(
            headers={**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)

        async def send(name: str, data: Any) -> None:
            lines = f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
            await response.write(lines.encode())

        with contextlib.suppress(ConnectionError):
            await self._tell(self._view(request), send)
        return response

    async def _tell(self, view: _View, send: Send) -> None:
        """Tell one browser everything until it is gone (ConnectionError) or we are closing."""
        known = {side: await self._owner(side, view.openids[side]) for side in view.openids}
        logs = {side: self.sandbox.twin.phone(who.openid) for side, who in known.items() if who}
        seen = {side: len(phone.entries) for side, phone in logs.items()}
        await send("phones", await self._phones(view, known, logs, seen))
        told, looks = "", 0
        while not self.sandbox.closing.is_set():
            for side, phone in logs.items():
                for entry in phone.entries[seen[side] :]:
                    seen[side], looks = entry.id, 0
                    await send("entry", {"side": side, "entry": phones.bubble(entry)})
            if looks % LOOK_EVERY == 0:
                state = await self.sandbox.database.read(self._state, view)
                shape = json.dumps(state, sort_keys=True)
                if shape != told or looks % PING_EVERY == 0:
                    told = shape
                    await send("state", state)
            looks += 1
            await asyncio.sleep(POLL)

    async def _phones(
        self,
        view: _View,
        known: dict[phones.Side, phones.Person | None],
        logs: dict[phones.Side, twin_phones.PhoneLog],
        seen: dict[phones.Side, int],
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for side, who in known.items():
            if who is None:
                continue
            before = await self.sandbox.database.read(
                phones.earlier, self.sandbox.account, who, view.started
            )
            now = [phones.bubble(entry) for entry in logs[side].entries[: seen[side]]]
            shown[side] = {"openid": who.openid, "name": who.name, "entries": [*before, *now]}
        return shown

    def _state(self, session: orm.Session, view: _View) -> dict[str, Any]:
        """What may change without a bubble: marks, suggestions, windows and the trace."""
        account, now = self.sandbox.account, self.sandbox.now()
        everyone = {(who.side, who.openid): who for who in phones.everybody(session, account)}
        sides = {}
        for side, openid in view.openids.items():
            who = everyone.get((side, openid))
            sides[side] = {
                "marks": traces.marks(session, account, openid, view.say),
                "chips": phones.suggestions(session, who, view.say, view.language),
                "window": phones.allowance(session, account, who, now, view.say, view.zone),
            }
        openids = [openid for openid in view.openids.values() if openid]
        shown = traces.latest(
            session, account, openids, since=view.started, say=view.say, language=view.language
        )
        return {"sides": sides, "traces": shown}

    async def step(self, request: web.Request) -> web.Response:
        """The record behind one step of the trace."""
        view = self._view(request)
        reader = records.Reader(view.say, view.language, view.zone)
        kind, number = request.match_info["kind"], int(request.match_info["id"])
        try:
            record = await self.sandbox.database.read(reader.read, kind, number)
        except errors.NotFound:
            raise web.HTTPNotFound(headers=HEADERS) from None
        return _json(record)

    async def say(self, request: web.Request) -> web.Response:
        """Write from a phone, or tap what it shows: {"who", "id", "text", "tap"?}.

        Answers when the twin has delivered the message and, where there is one, its answer.
        """
        asked = await _asked(request)
        side, openid, text = asked.get("who"), asked.get("id"), asked.get("text")
        if side not in ("rep", "customer") or not isinstance(openid, str):
            raise web.HTTPBadRequest(headers=HEADERS)
        words = _UNFIT.sub("", text).strip() if isinstance(text, str) else ""
        if not 0 < len(words) <= LONGEST:
            raise web.HTTPUnprocessableEntity(headers=HEADERS)
        if await self._owner(cast(phones.Side, side), openid) is None:
            raise web.HTTPNotFound(headers=HEADERS)
        tapped = asked.get("tap")
        if isinstance(tapped, str) and tapped:
            choice = twin_phones.Tappable(label=words, value=words, id=tapped[:200])
            number = await self.sandbox.twin.tap(openid, choice)
        else:
            number = await self.sandbox.twin.say(openid, words)
        return _json({"number": str(number)})

    async def follow(self, request: web.Request) -> web.Response:
        """Somebody new follows the official account: {"id"} of the new phone."""
        await _asked(request)
        openid = f"oDemoNew-{secrets.token_hex(4)}"
        self.sandbox.newcomers.add(openid)
        await self.sandbox.twin.follow(openid)
        who = await self._owner("customer", openid)
        return _json({"id": openid, "name": who.name if who else openid})

    async def _owner(self, side: phones.Side, openid: str) -> phones.Person | None:
        found = await self.sandbox.database.read(phones.person, self.sandbox.account, side, openid)
        if found is None and side == "customer" and openid in self.sandbox.newcomers:
            return phones.Person(side=side, openid=openid, name=openid[-4:])
        return found


def _json(data: Any) -> web.Response:
    return web.json_response(data, headers=HEADERS)


async def _asked(request: web.Request) -> dict[str, Any]:
    # Only JSON: a foreign page cannot send it here without the browser asking us first.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(headers=HEADERS)
    try:
        asked = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(headers=HEADERS) from None
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest(headers=HEADERS)
    return asked


async def _static(request: web.Request) -> web.StreamResponse:
    path = STATIC / request.match_info["name"]
    if path.parent != STATIC or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={**HEADERS, "Cache-Control": "no-cache"})


@functools.cache
def _templates(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True
    )
    environment.globals["_"] = phrases.speaker(language)
    return environment


def _words(_: phrases.Say) -> dict[str, str]:
    """The sentences that the page's own script says."""
    return {
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "typing": _("typing …"),
        "sending": _("sending …"),
        "unsent": _("not sent"),
        "passive": _("passive reply"),
        "api": _("by the service API"),
        "followed": _("You now follow this account"),
        "unfollowed": _("You no longer follow this account"),
        "scanned": _("You scanned a QR code"),
        "offline": _("Connection lost, trying again …"),
        "answer": _("re{id} Yes, two weeks, and it will be in the contract"),
        "before": _("before"),
        "after": _("after"),
        "raw": _("As it came"),
        "failed": _("This record could not be read."),
        "newcomer": _("New follower"),
    }
