"""The sandbox page in a real browser, on the running demo."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

WIDTHS = {390: 844, 820: 1180, 1440: 900}

pytestmark = pytest.mark.browser


@contextlib.asynccontextmanager
async def opened(browser: Any, demo: Any, width: int = 1440, **options: Any) -> AsyncIterator[Page]:
    """The page with both phones connected; anything the browser complains of fails the test."""
    language, allowed = options.pop("language", "zh"), options.pop("allowed", "")
    size = {"width": width, "height": WIDTHS[width]}
    context = await browser.new_context(viewport=size, **options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
    await page.goto(f"{demo.base}/sandbox?lang={language}")
    await expect(page.locator("#rep .chips button").first).to_be_attached()
    yield page
    await context.close()
    assert [said for said in complaints if not allowed or allowed not in said] == []


async def test_a_talk_goes_from_phone_to_phone_and_its_trace_opens(browser, small_demo):
    async with opened(browser, small_demo) as page:
        await page.fill("#customer textarea", "报价能便宜点吗？")
        await page.press("#customer textarea", "Enter")
        await expect(page.locator("#rep .talk")).to_contain_text("张伟(华星科技)")
        await page.locator("#rep .chips .answer").click()
        await expect(page.locator("#customer .row").last).to_contain_text("两周交货，写进合同")
        await page.fill("#rep textarea", "华星 到 谈判")
        await page.click("#rep form button")
        newest = page.locator(".traces > li").first
        await expect(newest).to_contain_text("报价→谈判")
        await newest.get_by_text("报价→谈判").click()
        drawer = page.locator("#drawer")
        await expect(drawer.locator(".old").first).to_have_text("报价")
        await expect(drawer.locator(".new").first).to_have_text("谈判")
        await page.keyboard.press("Escape")
        await expect(drawer).to_be_hidden()


async def test_enter_that_ends_a_composition_does_not_send(browser, small_demo):
    async with opened(browser, small_demo) as page:
        field = page.locator("#rep textarea")
        await field.fill("hua xing")
        for how in ({"isComposing": True}, {"keyCode": 229}):
            await field.evaluate(
                "(field, how) => field.dispatchEvent(new KeyboardEvent('keydown', "
                "{key: 'Enter', bubbles: true, cancelable: true, ...how}))",
                how,
            )
        await expect(field).to_have_value("hua xing")
        await field.press("Enter")
        await expect(field).to_have_value("")
        await expect(page.locator("#rep .row.mine").last).to_contain_text("hua xing")


async def test_words_that_look_like_markup_stay_words(browser, small_demo):
    words = "<img src=x onerror=alert(1)><b>粗</b>"
    async with opened(browser, small_demo) as page:
        page.on("dialog", lambda dialog: pytest.fail("a script ran"))
        await page.fill("#customer textarea", words)
        await page.press("#customer textarea", "Enter")
        await expect(page.locator("#customer .row.mine").last).to_contain_text(words)
        await expect(page.locator("#rep .talk")).to_contain_text(words)
        await expect(page.locator(".traces li").first).to_contain_text(words)
        assert await page.locator(".talk img, .talk b, .traces b").count() == 0


async def test_a_new_follower_gets_a_phone(browser, small_demo):
    async with opened(browser, small_demo) as page:
        await page.select_option("#customer-person", "+")
        await expect(page.locator("#customer .talk")).to_contain_text("你已关注该公众号")
        await page.locator("#customer .chips button").first.click()
        await expect(page.locator("#rep .talk")).to_contain_text("6205 轴承有现货吗")


async def test_on_a_telephone_there_are_tabs_and_they_count_what_came_meanwhile(
    browser, small_demo
):
    async with opened(browser, small_demo, 390) as page:
        await expect(page.locator("#customer")).to_be_hidden()
        await page.click("[data-tab=customer]")
        await expect(page.locator("#rep")).to_be_hidden()
        await page.fill("#customer textarea", "什么时候能发货？")
        await page.press("#customer textarea", "Enter")
        await expect(page.locator("[data-tab=rep] b")).to_have_text("1")
        await page.click("[data-tab=rep]")
        await expect(page.locator("#rep .talk")).to_contain_text("什么时候能发货？")
        await expect(page.locator("[data-tab=rep] b")).to_have_text("")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nothing_sticks_out_and_every_phone_ends_at_its_last_words(
    browser, small_demo, width, language
):
    await small_demo.says("rep", "oDemoRep-wangli", "查 华星")
    async with opened(browser, small_demo, width, language=language) as page:
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0
        await expect(page.locator("#rep .talk")).to_be_visible()
        await page.wait_for_function(
            "() => { const talk = document.querySelector('#rep .talk');"
            " return talk.scrollHeight - talk.scrollTop - talk.clientHeight < 2 }"
        )


async def test_light_and_dark_follow_the_system_until_somebody_chooses(browser, small_demo):
    ground = "getComputedStyle(document.body).backgroundColor"
    async with opened(browser, small_demo, color_scheme="dark") as page:
        dark = await page.evaluate(ground)
        await page.click("#theme")
        light = await page.evaluate(ground)
        assert dark != light
        await page.reload()
        assert await page.evaluate(ground) == light


async def test_a_page_that_lost_the_connection_says_so_and_comes_back(browser, small_demo):
    async with opened(browser, small_demo, allowed="ERR_INTERNET_DISCONNECTED") as page:
        await page.context.set_offline(True)
        await page.evaluate(
            "document.querySelector('#rep-person').dispatchEvent(new Event('change'))"
        )
        await expect(page.locator(".offline")).to_be_visible()
        await page.context.set_offline(False)
        await expect(page.locator(".offline")).to_be_hidden(timeout=15_000)
