"""Finding and making channels."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from channels import contract, registry
from channels.console.channel import Channel as Console
from channels.wechat.channel import Channel as WeChat

CONFORMING: list[type[contract.Channel]] = [Console, WeChat]
"""Here the type checker compares each channel with the contract."""

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
GOOD = {"app_id": "wx1", "secret": "s", "token": "t", "encoding_aes_key": KEY}


def test_an_unknown_kind_is_named_and_the_known_ones_too(house: Any) -> None:
    with pytest.raises(registry.UnknownKind, match=r"'phone'.*console, wechat"):
        registry.build("phone", "main", {}, house.tools)


def test_a_block_of_the_configuration_file_builds_its_channel(house: Any) -> None:
    block = {"kind": "wechat", "name": "main", **GOOD}
    assert isinstance(registry.build("wechat", "main", block, house.tools), WeChat)
    assert registry.kinds()["wechat"] is WeChat


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"app_id": None}, "wechat main: app_id"),
        ({"apid": "x"}, "apid: is not a setting of this channel"),
        ({"encoding_aes_key": "canary"}, "encoding_aes_key: must be the 43 letters"),
        ({"encoding_aes_key": ""}, "encoding_aes_key is needed in safe mode"),
        ({"previous_aes_key": "canary"}, "previous_aes_key: must be the 43 letters"),
        ({"token": ""}, "token: must not be empty"),
        ({"mode": "canary"}, "mode: "),
        ({"api_base": "ftp://canary"}, "api_base: must be an http or https address"),
        ({"api_base": "api.weixin.qq.com"}, "api_base: must be an http or https address"),
    ],
)
def test_wrong_settings_are_said_in_words_without_their_values(
    house: Any, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(registry.BadSettings) as caught:
        registry.build("wechat", "main", {**GOOD, **change}, house.tools)
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)


def test_missing_settings_are_said_to_be_missing(house: Any) -> None:
    with pytest.raises(registry.BadSettings, match="app_id: is missing; token: is missing"):
        registry.build("wechat", "main", {}, house.tools)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "主号", "-a", "a" * 65])
def test_a_name_must_fit_into_an_address(house: Any, name: str) -> None:
    with pytest.raises(registry.BadSettings, match="a name has letters"):
        registry.build("wechat", name, GOOD, house.tools)


def test_listing_the_kinds_imports_none_of_their_libraries() -> None:
    program = (
        "import sys; from channels import registry; list(registry.kinds());"
        "assert 'wechatpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
