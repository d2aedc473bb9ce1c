"""Several processes, one installation: what a company with more than one machine runs."""

from __future__ import annotations

import asyncio
import json
import signal

from channels.sandbox import wechat
from crm_core import clock
from tests.journeys import processes, program


async def test_receiving_and_working_apart_still_answers_in_the_response(
    database_url, redis_url, tmp_path
):
    async with wechat.Platform(clock.now) as platform:
        env = processes.settings(tmp_path, database_url, platform.base, CRM_REDIS_URL=redis_url)
        _, out, _ = await processes.run(env, "rep", "add", "王丽", "--role", "rep", "--json")
        code = json.loads(out)["code"]
        async with (
            processes.started(env, "web", "--port", "0") as web,
            processes.started(env, "worker") as worker,
        ):
            base = (await processes.said(web, r"listening on (http\S+)"))[1]
            twin = platform.open(processes.account(f"{base}/hooks/wechat/main"))
            rep, customer = (program.Phone(twin, openid) for openid in ("o-rep", "o-customer"))
            twin.adopt(rep.openid)
            twin.adopt(customer.openid)
            assert (await rep.says(f"绑定 {code}")).startswith("✓ 王丽")
            assert rep.log.entries[-1].via == "passive"
            await customer.writes("有现货吗")
            assert "有现货吗" in await rep.hears("有现货吗")
            for process in (web, worker):
                process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(processes.STOP_LIMIT):
                assert [await web.wait(), await worker.wait()] == [0, 0]


async def test_sigterm_lets_everything_in_hand_finish(tmp_path):
    async with wechat.Platform(clock.now) as platform:
        env = processes.settings(tmp_path, f"sqlite:///{tmp_path / 'crm.db'}", platform.base)
        async with processes.started(env, "serve", "--port", "0") as server:
            base = (await processes.said(server, r"listening on (http\S+)"))[1]
            twin = platform.open(processes.account(f"{base}/hooks/wechat/main"))
            people = [program.Phone(twin, f"o-{number}") for number in range(40)]
            for person in people:
                twin.adopt(person.openid)
            writing = asyncio.gather(*(person.writes("你好") for person in people))
            await asyncio.sleep(0.2)
            server.send_signal(signal.SIGTERM)
            async with asyncio.timeout(processes.STOP_LIMIT):
                assert await server.wait() == 0
            twin.manners.tries = 1
            await writing
        _, out, _ = await processes.run(env, "inbox", "list", "--limit", "1000", "--json")
        assert {event["state"] for event in json.loads(out)} <= {"done", "new"}


async def test_a_block_of_a_kind_that_does_not_exist_is_warned_about(tmp_path):
    env = processes.settings(tmp_path, f"sqlite:///{tmp_path / 'crm.db'}", "http://127.0.0.1:9")
    async with processes.started(env, "serve", "--port", "0") as server:
        await processes.said(server, "carrier-pigeon")
        await processes.said(server, "listening on")


async def test_an_unmigrated_server_database_is_refused_in_words(empty_database_url, tmp_path):
    if empty_database_url.startswith("sqlite"):
        return  # the embedded default migrates by itself
    env = processes.settings(tmp_path, empty_database_url, "http://127.0.0.1:9")
    code, _, err = await processes.run(env, "serve", "--port", "0")
    assert code == 1
    assert "crm db upgrade" in err
    assert "Traceback" not in err
    assert (await processes.run(env, "db", "upgrade"))[0] == 0
    assert (await processes.run(env, "db", "check"))[0] == 0


async def test_chat_talks_in_the_terminal(tmp_path):
    env = processes.settings(tmp_path, f"sqlite:///{tmp_path / 'crm.db'}", "http://127.0.0.1:9")
    await processes.run(env, "rep", "add", "王丽", "--role", "rep")
    code, out, _ = await processes.run(
        env, "chat", "--as", "王丽", "-c", "新客户 华星科技", "-c", "查 华星科技"
    )
    assert code == 0
    assert out.count("华星科技") >= 2


async def test_a_wrong_setting_is_one_sentence(tmp_path):
    env = processes.settings(tmp_path, f"sqlite:///{tmp_path / 'crm.db'}", "http://127.0.0.1:9")
    code, _, err = await processes.run({**env, "CRM_TIMEZONE": "Mars/Olympus"}, "rep", "list")
    assert code == 1
    assert "CRM_TIMEZONE" in err
    assert "Traceback" not in err
