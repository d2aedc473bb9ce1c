"""What a push means: its permanent key, and the message or event it carries.

Pure: the same bytes give the same answer, today and at any replay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from channels import messages
from channels.wechat import rules, wire

_MAX_KEY = 200
_MIME = {"amr": "audio/amr", "speex": "audio/x-speex", "mp3": "audio/mpeg"}


def event(raw: bytes, account: str) -> messages.RawEvent:
    """What to record of one verified and decrypted push; raises `wire.Malformed`."""
    fields = wire.read(raw)
    what = wire.required(fields, "MsgType").lower()
    happened = wire.field(fields, "Event").lower() if what == "event" else ""
    return messages.RawEvent(
        channel="wechat",
        account=account,
        dedup_key=_dedup_key(fields, raw),
        sender=_sender(fields, account),
        raw=raw,
        takes_reply=what != "event" or happened in rules.REPLYABLE_EVENTS,
        text=_words(fields, what, happened),
        greets=happened in ("subscribe", "scan"),
    )


def _dedup_key(fields: wire.Fields, raw: bytes) -> str:
    """The permanent key of a push (PLATFORMS §2.1): unique within the account.

    `MsgId` alone has collided between people; events have none, and their time alone has dropped
    distinct events.
    """
    sender, number = wire.required(fields, "FromUserName"), wire.field(fields, "MsgId")
    if number.strip("0"):
        key = f"m:{sender}:{number}"
    else:
        names = ("CreateTime", "Event", "EventKey")
        what = ":".join(wire.field(fields, name) for name in names)
        key = f"e:{sender}:{what}:{hashlib.sha256(raw).hexdigest()}"
    return key if len(key) <= _MAX_KEY else "h:" + hashlib.sha256(key.encode()).hexdigest()


def _words(fields: wire.Fields, what: str, happened: str) -> str:
    """The person's own words in a push, by which the recorder knows whether an answer will come."""
    if happened == "click":
        return wire.field(fields, "EventKey")
    return wire.field(fields, {"text": "Content", "voice": "Recognition"}.get(what, ""))


def parse(raw: bytes, account: str) -> Sequence[messages.Inbound]:
    """Understand one recorded push; raises ValueError when it is none."""
    fields = wire.read(raw)
    what = wire.required(fields, "MsgType").lower()
    common: dict[str, Any] = {
        "sender": _sender(fields, account),
        "at": _time(wire.field(fields, "CreateTime")),
        "provider_id": wire.field(fields, "MsgId"),
    }
    if what == "event":
        return (_happening(fields, common),)
    understand = _MESSAGES.get(what, _unknown)
    return (messages.InboundMessage(**common, **understand(fields)),)


def _sender(fields: wire.Fields, account: str) -> messages.Address:
    openid = wire.required(fields, "FromUserName")
    return messages.Address(kind="wechat", account=account, value=openid)


def _time(seconds: str) -> datetime:
    """The vendor's clock in UTC; `NO_TIME` for what is no time."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return messages.NO_TIME


def _happening(fields: wire.Fields, common: dict[str, Any]) -> messages.Inbound:
    name, key = wire.field(fields, "Event"), wire.field(fields, "EventKey")
    match name.lower():
        case "subscribe":
            scene = key.removeprefix("qrscene_") if key.startswith("qrscene_") else ""
            return messages.InboundFollow(**common, scene=scene)
        case "scan":
            return messages.InboundFollow(**common, scene=key)
        case "unsubscribe":
            return messages.InboundUnfollow(**common)
        case "click":
            return messages.InboundMessage(**common, kind="menu", text=key)
    return messages.InboundOther(**common, what=name or "event")


def _text(fields: wire.Fields) -> dict[str, Any]:
    """Words. A tapped link of ours comes as words with the id we gave the link."""
    tapped = wire.field(fields, "bizmsgmenuid")
    kind = "menu" if tapped else "text"
    return {"kind": kind, "text": wire.field(fields, "Content"), "tapped": tapped}


def _image(fields: wire.Fields) -> dict[str, Any]:
    return {"kind": "image", "text": "[图片]", **_file(fields, "jpg", "image/jpeg")}


def _voice(fields: wire.Fields) -> dict[str, Any]:
    """Speech; the words only where the account has recognition switched on."""
    words = wire.field(fields, "Recognition")
    ending = wire.field(fields, "Format").lower()
    ending = ending if ending in _MIME else "amr"
    return {"kind": "voice", "text": words or "[语音]", **_file(fields, ending, _MIME[ending])}


def _video(fields: wire.Fields) -> dict[str, Any]:
    return {"kind": "video", "text": "[视频]", **_file(fields, "mp4", "video/mp4")}


def _location(fields: wire.Fields) -> dict[str, Any]:
    place = wire.field(fields, "Label")
    spot = ", ".join(filter(None, (wire.field(fields, f"Location_{axis}") for axis in "XY")))
    return {"kind": "location", "text": " ".join(filter(None, ("[位置]", place, f"({spot})")))}


def _link(fields: wire.Fields) -> dict[str, Any]:
    lines = (wire.field(fields, name) for name in ("Title", "Description", "Url"))
    return {"kind": "link", "text": "[链接] " + "\n".join(filter(None, lines))}


def _document(fields: wire.Fields) -> dict[str, Any]:
    return {"kind": "file", "text": f"[文件] {wire.field(fields, 'Title')}".rstrip()}


def _unknown(fields: wire.Fields) -> dict[str, Any]:
    return {"kind": "other", "text": f"[{wire.field(fields, 'MsgType')}]"}


_MESSAGES: dict[str, Callable[[wire.Fields], dict[str, Any]]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
    "file": _document,
}


def _file(fields: wire.Fields, ending: str, type_: str) -> dict[str, Any]:
    """The attachment behind a MediaId, kept by the vendor for three days; none without an id."""
    remote = wire.field(fields, "MediaId")
    if not remote:
        return {}
    name = f"{wire.field(fields, 'MsgId') or remote[:16]}.{ending}"
    return {"attachments": (messages.InboundAttachment(name=name, type=type_, remote_id=remote),)}
