"""What holds for every channel there is, and for every one that joins later."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import channels
from channels import contract, messages, registry

ROOT = Path(channels.__file__).parent
SMALLEST: dict[str, dict[str, Any]] = {
    "console": {},
    "wechat": {"app_id": "wx1", "token": "t", "mode": "plain"},
}
"""The fewest settings with which an account of each kind can be made."""


def every_kind() -> list[str]:
    return list(registry.kinds())


@pytest.fixture(params=every_kind())
def channel(request: pytest.FixtureRequest, house: Any) -> contract.Channel:
    return registry.build(request.param, "main", SMALLEST[request.param], house.tools)


def test_the_folders_are_found_by_name() -> None:
    assert every_kind() == sorted(SMALLEST)
    assert "sandbox" not in registry.kinds()


def test_a_channel_says_what_its_folder_is_called(channel: contract.Channel) -> None:
    folder = Path(inspect.getfile(type(channel))).parent
    assert channel.kind == folder.name
    assert {"channel.py", "parse.py", "settings.py", "README.md"} <= {
        path.name for path in folder.iterdir()
    }


def test_a_channel_offers_the_whole_contract(channel: contract.Channel) -> None:
    for name, asked in inspect.getmembers(contract.Channel, inspect.isfunction):
        if name.startswith("_"):
            continue
        ours = getattr(type(channel), name)
        assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(asked), name
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(asked).parameters)
        assert ours.__doc__, name


def test_a_channel_knows_facts_about_itself(channel: contract.Channel) -> None:
    facts = channel.capabilities
    assert facts.address_kind
    assert set(facts.windows) <= {"message", "menu", "follow"}
    assert all(rule.messages > 0 for rule in facts.windows.values())


def test_every_route_has_a_method_and_starts_where_it_may(channel: contract.Channel) -> None:
    for route in channel.routes():
        assert route.method in {"GET", "POST"}
        assert route.suffix == "" or route.suffix.startswith("/")


async def test_every_webhook_verifies_who_calls(house: Any, channel: contract.Channel) -> None:
    """Unsigned calls are refused and leave nothing, whatever they carry."""
    from tests.channels.conftest import serving

    async with serving(channel) as hook:
        for route in channel.routes():
            for body in (b"", b"<xml></xml>", b"{}", b"x=1"):
                async with house.session.request(route.method, hook, data=body) as response:
                    assert response.status in (400, 403)
    assert house.recorder.events == {}


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"{", b"<", b"[]", b"null", b"<a></a>", b'{"a":1}']
)
def test_what_nobody_understands_is_a_value_error(channel: contract.Channel, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        channel.parse(raw)


async def test_sending_raises_delivery_errors_only(channel: contract.Channel, house: Any) -> None:
    kind = channel.capabilities.address_kind
    to = messages.Address(kind=kind, account="main", value="nobody")
    house.platform.api.allowed_ips = frozenset()
    if channel.kind != "console":
        pointed = {**SMALLEST[channel.kind], "api_base": house.platform.base}
        channel = registry.build(channel.kind, "main", pointed, house.tools)
    with pytest.raises(contract.DeliveryError, match=r".+"):
        await channel.send(messages.OutboundMessage(to=to, text="hi", reference="1"))


async def test_running_a_pushed_channel_returns_at_once(channel: contract.Channel) -> None:
    await channel.run()


def test_settings_survive_being_kept_as_json(channel: contract.Channel) -> None:
    given = SMALLEST[channel.kind]
    again = channel.Settings.model_validate(json.loads(json.dumps(given)))
    assert again == channel.Settings.model_validate(given)
