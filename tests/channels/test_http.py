"""One careful call, and bodies with a cap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels import contract, http

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def answering(status: int = 200, text: str = "{}", **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return handler


async def call(url: str, *, idempotent: bool = False, **more: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session:
        return await http.call(session, "POST", url, idempotent=idempotent, **more)


async def test_an_answer_is_the_object_in_it() -> None:
    async with served(answering(text='{"errcode": 0, "name": "华星"}')) as url:
        assert await call(url, body={"text": "é\ud800"}) == {"errcode": 0, "name": "华星"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, contract.RetryLater),
        (500, contract.RetryLater),
        (503, contract.RetryLater),
        (504, contract.OutcomeUnknown),
        (302, contract.CredentialsRejected),
        (401, contract.CredentialsRejected),
        (404, contract.CredentialsRejected),
        (400, contract.Refused),
        (413, contract.Refused),
    ],
)
async def test_every_status_has_its_meaning(status: int, error: type[Exception]) -> None:
    async with served(answering(status, Location="http://127.0.0.1:9/")) as url:
        with pytest.raises(error, match=str(status)):
            await call(url, body={})


@pytest.mark.parametrize("text", ["", "[]", "null", '{"a":NaN}', "<html>", "[" * 100_000])
async def test_an_answer_that_is_no_object_is_a_lost_answer(text: str) -> None:
    async with served(answering(text=text)) as url:
        with pytest.raises(contract.OutcomeUnknown):
            await call(url, body={})
        with pytest.raises(contract.RetryLater):
            await call(url, body={}, idempotent=True)


async def test_an_endless_answer_is_cut_off() -> None:
    async with served(answering(text="x" * (http.MAX_ANSWER + 10))) as url:
        with pytest.raises(contract.OutcomeUnknown):
            await call(url)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Retry_After": "30"}, timedelta(seconds=30)),
        ({"Retry_After": "999999999999"}, timedelta(hours=1)),
        (
            {
                "Retry_After": "Sun, 22 Nov 2026 10:00:30 GMT",
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
            },
            timedelta(seconds=30),
        ),
        ({"Retry_After": "soon"}, None),
        ({}, None),
    ],
)
async def test_the_time_to_wait_is_read(headers: dict[str, str], after: timedelta | None) -> None:
    async with served(answering(503, **headers)) as url:
        with pytest.raises(contract.RetryLater) as caught:
            await call(url)
    assert caught.value.after == after


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://localhost:9/"])
async def test_where_nobody_listens_nothing_was_sent(url: str) -> None:
    with pytest.raises(contract.RetryLater, match="no connection"):
        await call(url)


async def test_something_that_speaks_no_http_is_a_lost_answer() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(contract.OutcomeUnknown):
            await call(f"http://127.0.0.1:{port}/", body={})
        with pytest.raises(contract.RetryLater, match="no connection"):
            await call(f"https://127.0.0.1:{port}/", body={})


async def test_what_is_no_address_is_a_matter_for_an_admin() -> None:
    with pytest.raises(contract.CredentialsRejected):
        await call("http://")


async def test_a_body_that_trickles_is_given_up() -> None:
    outcome: list[type[Exception]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            await http.read_body(request, within=0.1)
        except (http.BodyTooSlow, http.BodyTooLarge) as error:
            outcome.append(type(error))
        return web.Response()

    async def trickle() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(0.5)
        yield b"y"

    async with (
        served(handler) as url,
        aiohttp.ClientSession() as session,
        session.post(url, data=trickle()),
    ):
        pass
    assert outcome == [http.BodyTooSlow]
