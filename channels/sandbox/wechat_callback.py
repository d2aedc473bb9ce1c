"""How the vendor writes a callback and reads the answer to it.

Written apart from `channels/wechat` on purpose, straight on wechatpy, so that the two sides cannot
share a mistake.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import parse_message

MAX_REPLY_BYTES = 2048


@dataclass(frozen=True, kw_only=True)
class TwinAccount:
    """What the vendor's console holds about one official account."""

    app_id: str
    secret: str
    token: str
    aes_key: str = ""
    mode: Literal["plain", "compat", "safe"] = "safe"
    format: Literal["xml", "json"] = "xml"
    original_id: str = "gh_0123456789ab"
    hook_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Callback:
    """One signed request, ready to be posted any number of times."""

    openid: str
    query: Mapping[str, str]
    body: bytes
    content_type: str


class BadReply(Exception):
    """The answer is not what the vendor accepts; the text says why."""


def build(account: TwinAccount, openid: str, fields: Mapping[str, Any], at: datetime) -> Callback:
    """Sign, and as the account's mode says encrypt, one push signed at the time `at`."""
    timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(10**10))
    query = {
        "signature": sign(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": openid,
    }
    sent: dict[str, Any] = dict(fields)
    if account.mode != "plain":
        sealed = seal(account, render(fields, account.format))
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sign(account.token, timestamp, nonce, sealed)
        kept = sent if account.mode == "compat" else {"ToUserName": account.original_id}
        sent = {**kept, "Encrypt": sealed}
    return Callback(
        openid=openid,
        query=query,
        body=render(sent, account.format).encode(),
        content_type="application/json" if account.format == "json" else "text/xml",
    )


def render(fields: Mapping[str, Any], format_: str) -> str:
    """The fields as the vendor writes them: texts in CDATA, numbers bare, lists as `item`s."""
    if format_ == "json":
        return json.dumps(fields, ensure_ascii=False)
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in fields.items())


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return _elements(value)
    if isinstance(value, list):
        return "".join(f"<item>{_content(inner)}</item>" for inner in value)
    if isinstance(value, str):
        return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
    return str(value)


def read_reply(account: TwinAccount, openid: str, body: bytes) -> str | None:
    """The words of a passive answer, None for `success` or nothing; raises `BadReply`."""
    if body.strip() in (b"", b"success"):
        return None
    try:
        text = body.decode()
        if account.mode != "plain":
            text = _unseal(account, text)
        reply = _fields(account, text)
    except Exception as error:
        # Whatever somebody's server answers, the vendor shows its error and goes on.
        raise BadReply(f"unreadable: {type(error).__name__}") from error
    return _accepted(account, openid, reply)


def _accepted(account: TwinAccount, openid: str, reply: Mapping[str, Any]) -> str:
    if (reply.get("ToUserName"), reply.get("FromUserName")) != (openid, account.original_id):
        raise BadReply("addressed to somebody else")
    if reply.get("MsgType") != "text" or not str(reply.get("CreateTime", "")).isdigit():
        raise BadReply("not a text with its time")
    words = reply.get("Content")
    if not isinstance(words, str) or not words or len(words.encode()) > MAX_REPLY_BYTES:
        raise BadReply("empty or longer than 2048 bytes")
    return words


def _fields(account: TwinAccount, text: str) -> Mapping[str, Any]:
    if account.format == "json":
        decoded: Mapping[str, Any] = json.loads(text)
        return decoded
    data: Mapping[str, Any] = parse_message(text)._data  # noqa: SLF001
    return data


def seal(account: TwinAccount, plain: str) -> str:
    """Encrypt a text for an account, as it stands in `Encrypt`."""
    crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
    envelope: str = crypto.encrypt_message(plain, "n", "1")
    return envelope.split("<Encrypt><![CDATA[", 1)[1].split("]]>", 1)[0]


def _unseal(account: TwinAccount, text: str) -> str:
    """Check the signature of a sealed answer and open it."""
    crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
    if account.format == "json":
        parts = json.loads(text)
    else:
        names = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
        parts = {name: _between(text, name) for name in names}
    opened: str = crypto.decrypt_message(
        {"Encrypt": parts["Encrypt"]},
        parts["MsgSignature"],
        str(parts["TimeStamp"]),
        parts["Nonce"],
    )
    return opened


def _between(text: str, name: str) -> str:
    inner = text.split(f"<{name}>", 1)[1].split(f"</{name}>", 1)[0]
    return inner.removeprefix("<![CDATA[").removesuffix("]]>")


def sign(*parts: str) -> str:
    """The vendor's signature over some texts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
