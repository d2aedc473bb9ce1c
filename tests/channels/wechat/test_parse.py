"""What each kind of push means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from channels import messages
from channels.sandbox import wechat_callback
from channels.wechat import parse, wire

SENDER = messages.Address(kind="wechat", account="main", value="oWang")
COMMON = {"ToUserName": "gh_1", "FromUserName": "oWang", "CreateTime": 1_700_000_000}
PICTURE = messages.InboundAttachment(name="9.jpg", type="image/jpeg", remote_id="m1")
SPEECH = messages.InboundAttachment(name="9.amr", type="audio/amr", remote_id="m1")
SPEEX = messages.InboundAttachment(name="9.speex", type="audio/x-speex", remote_id="m1")
FILM = messages.InboundAttachment(name="9.mp4", type="video/mp4", remote_id="m1")


def push(format_: str = "xml", **fields: Any) -> bytes:
    return wechat_callback.render({**COMMON, **fields}, format_).encode()


def understood(raw: bytes) -> Any:
    (heard,) = parse.parse(raw, "main")
    assert heard.sender == SENDER
    return heard


MESSAGES: list[tuple[dict[str, Any], str, str, tuple[Any, ...]]] = [
    ({"MsgType": "text", "Content": " 你好\n "}, "text", " 你好\n ", ()),
    ({"MsgType": "text", "Content": ""}, "text", "", ()),
    ({"MsgType": "TEXT", "Content": "1"}, "text", "1", ()),
    ({"MsgType": "image", "PicUrl": "http://x", "MediaId": "m1"}, "image", "[图片]", (PICTURE,)),
    ({"MsgType": "image"}, "image", "[图片]", ()),
    ({"MsgType": "voice", "Format": "amr", "MediaId": "m1"}, "voice", "[语音]", (SPEECH,)),
    (
        {"MsgType": "voice", "Format": "speex", "MediaId": "m1", "Recognition": "报价八万。"},
        "voice",
        "报价八万。",
        (SPEEX,),
    ),
    ({"MsgType": "voice", "Format": "odd", "MediaId": "m1"}, "voice", "[语音]", (SPEECH,)),
    ({"MsgType": "video", "MediaId": "m1"}, "video", "[视频]", (FILM,)),
    ({"MsgType": "shortvideo", "MediaId": "m1"}, "video", "[视频]", (FILM,)),
    (
        {"MsgType": "location", "Location_X": "31.2", "Location_Y": "121.4", "Label": "上海"},
        "location",
        "[位置] 上海 (31.2, 121.4)",
        (),
    ),
    (
        {"MsgType": "link", "Title": "题", "Description": "", "Url": "http://x"},
        "link",
        "[链接] 题\nhttp://x",
        (),
    ),
    ({"MsgType": "file", "Title": "报价单.pdf"}, "file", "[文件] 报价单.pdf", ()),
    ({"MsgType": "file"}, "file", "[文件]", ()),
    ({"MsgType": "miniprogrampage", "Title": "x"}, "other", "[miniprogrampage]", ()),
]


@pytest.mark.parametrize(("fields", "kind", "text", "attachments"), MESSAGES)
@pytest.mark.parametrize("format_", ["xml", "json"])
def test_every_kind_of_message_has_a_readable_text(
    fields: dict[str, Any], kind: str, text: str, attachments: tuple[Any, ...], format_: str
) -> None:
    heard = understood(push(format_, **fields, MsgId=9))
    assert heard == messages.InboundMessage(
        sender=SENDER,
        at=datetime.fromtimestamp(1_700_000_000, UTC),
        provider_id="9",
        text=text,
        kind=kind,
        attachments=attachments,
    )


def test_an_attachment_without_a_message_id_is_named_by_its_own() -> None:
    heard = understood(push(MsgType="image", MediaId="abc"))
    assert heard.attachments[0].name == "abc.jpg"


EVENTS: list[tuple[dict[str, str], type[messages.Inbound], dict[str, str]]] = [
    ({"Event": "subscribe", "EventKey": ""}, messages.InboundFollow, {"scene": ""}),
    ({"Event": "subscribe", "EventKey": "qrscene_a_1"}, messages.InboundFollow, {"scene": "a_1"}),
    ({"Event": "subscribe", "EventKey": "last_trade_no_9"}, messages.InboundFollow, {"scene": ""}),
    ({"Event": "SCAN", "EventKey": "a_1"}, messages.InboundFollow, {"scene": "a_1"}),
    ({"Event": "unsubscribe"}, messages.InboundUnfollow, {}),
    (
        {"Event": "CLICK", "EventKey": "帮助"},
        messages.InboundMessage,
        {"text": "帮助", "kind": "menu"},
    ),
    ({"Event": "VIEW", "EventKey": "http://x"}, messages.InboundOther, {"what": "VIEW"}),
    ({"Event": "LOCATION"}, messages.InboundOther, {"what": "LOCATION"}),
    ({}, messages.InboundOther, {"what": "event"}),
]


@pytest.mark.parametrize(("fields", "type_", "expected"), EVENTS)
def test_every_event_is_understood_or_kept_by_name(
    fields: dict[str, str], type_: type[messages.Inbound], expected: dict[str, str]
) -> None:
    heard = understood(push(MsgType="event", **fields))
    assert type(heard) is type_
    assert {name: getattr(heard, name) for name in expected} == expected


@pytest.mark.parametrize("time", [0, "", "yesterday", "9" * 30, "-99999999999999"])
def test_a_time_that_is_none_is_said_to_be_none(time: Any) -> None:
    raw = push(MsgType="text", Content="x", MsgId=1).replace(b"1700000000", str(time).encode())
    assert understood(raw).at == messages.NO_TIME


def key(**fields: Any) -> str:
    return parse.event(push(**fields), "main").dedup_key


def test_messages_are_keyed_by_sender_and_id() -> None:
    assert key(MsgType="text", Content="a", MsgId=12) == "m:oWang:12"
    assert key(MsgType="text", Content="b", MsgId=12, FromUserName="oLi") == "m:oLi:12"


def test_events_in_the_same_second_have_different_keys() -> None:
    events: list[dict[str, Any]] = [
        {"Event": "subscribe", "EventKey": ""},
        {"Event": "SCAN", "EventKey": "a"},
        {"Event": "SCAN", "EventKey": "b"},
        {"Event": "SCAN", "EventKey": "b", "Ticket": "t"},
        {"Event": "SCAN", "EventKey": "b", "MsgId": 0},
        {"Event": "VIEW", "EventKey": "http://x/" + "y" * 2000},
        {"Event": "VIEW", "EventKey": "http://x/" + "y" * 2001},
    ]
    keys = [key(MsgType="event", **event) for event in events]
    assert len(set(keys)) == len(events)
    assert keys == [key(MsgType="event", **event) for event in events]
    assert max(map(len, keys)) <= 200


@pytest.mark.parametrize(
    ("fields", "takes_reply", "text", "greets"),
    [
        ({"MsgType": "text", "Content": "绑定 482913"}, True, "绑定 482913", False),
        ({"MsgType": "voice", "Recognition": "你好"}, True, "你好", False),
        ({"MsgType": "image"}, True, "", False),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "k"}, True, "k", False),
        ({"MsgType": "event", "Event": "subscribe"}, True, "", True),
        ({"MsgType": "event", "Event": "SCAN"}, True, "", True),
        ({"MsgType": "event", "Event": "unsubscribe"}, False, "", False),
        ({"MsgType": "event"}, False, "", False),
    ],
)
def test_the_recorder_learns_what_may_be_answered(
    fields: dict[str, str], takes_reply: bool, text: str, greets: bool
) -> None:
    event = parse.event(push(**fields), "main")
    assert (event.takes_reply, event.text, event.greets) == (takes_reply, text, greets)
    assert event.sender == SENDER


@pytest.mark.parametrize("raw", [b"", b"{}", b"<xml></xml>", b"\xff", b'{"MsgType":"text"}'])
def test_bytes_that_are_no_push_raise_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse.parse(raw, "main")


def test_nested_and_repeated_fields_are_read() -> None:
    raw = push(MsgType="event", PicList=[{"Md5": "a"}, {"Md5": "b"}, {"Md5": "\x01"}])
    assert wire.read(raw)["PicList"] == {"item": [{"Md5": "a"}, {"Md5": "b"}, {"Md5": "\x01"}]}
    assert wire.read(push("json", MsgType="event", L=[1, {"a": None}]))["L"] == ["1", {"a": ""}]


@pytest.mark.parametrize(
    "raw",
    [
        b"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[QQ==]]></Encrypt></xml>",
        b"<xml>\n<ToUserName><![CDATA[g]]></ToUserName>\n<Encrypt><![CDATA[QQ==]]></Encrypt>\n</xml>",
        b"<xml><Encrypt>QQ==</Encrypt><MsgType>text</MsgType></xml>",
        b'{"ToUserName": "gh_1", "Encrypt": "QQ=="}',
    ],
)
def test_the_sealed_part_is_found_in_every_form(raw: bytes) -> None:
    assert wire.envelope(raw) == "QQ=="


def test_a_lone_surrogate_in_a_json_push_is_replaced() -> None:
    assert wire.read(b'{"Content": "a\\ud800b"}') == {"Content": "a?b"}
