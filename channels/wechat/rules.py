"""The vendor's numbers and codes, as data. Change them here and nowhere else.

Sources, all under https://developers.weixin.qq.com/doc/offiaccount/ (2026-11, as gathered in the
project's own research; none was tried against a live account):
[push] Message_Management/Receiving_standard_messages.html
[reply] Message_Management/Passive_user_reply_message.html
[kf] Message_Management/Service_Center_messages.html
[token] Basic_Information/getStableAccessToken.html
[qr] Account_Management/Generating_a_Parametric_QR_Code.html
[codes] Getting_Started/Global_Return_Code.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from channels import contract

REPLY_DEADLINE = 5.0
"""Seconds until the vendor hangs up and tries again, three tries in all. [push]"""

REPLY_BUDGET = 4.3
"""Seconds after which we answer `success` in any case: the deadline less the way back."""

REPLY_WAIT = 3.5
"""Seconds we wait for words to put into the response (DESIGN §3)."""

TEXT_BYTES = 2048
"""UTF-8 bytes of one text, in a passive reply as through the API. [reply] [kf] 45002"""

TOKEN_MARGIN = timedelta(minutes=5)
"""The vendor renews a stable token in its last five minutes, both work meanwhile. [token]"""

FORCE_PAUSE = timedelta(hours=2)
"""Between two forced renewals; the vendor allows twenty a day, thirty seconds apart. [token]"""

SCENE_CHARS = 64
"""Longest `scene_str`. [qr]"""

SCENE_LASTS = timedelta(seconds=2_592_000)
"""Longest life of a temporary QR code. [qr]"""

QR_PICTURE = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
"""Where a ticket's picture is. [qr]"""

WINDOWS: Mapping[str, contract.WindowRule] = {
    "message": contract.WindowRule(messages=5, lasts=timedelta(hours=48)),
    "menu": contract.WindowRule(messages=3, lasts=timedelta(minutes=1)),
    "follow": contract.WindowRule(messages=3, lasts=timedelta(minutes=1)),
}
"""What lets us write, how often and how long; not cumulative, a later one sets it back to full.

`menu` is a menu click and a tapped `msgmenu` link, `follow` a follow and a QR scan. [kf]
"""

REPLYABLE_EVENTS = frozenset({"subscribe", "scan", "click"})
"""Events whose response may carry words that the person sees. [reply]"""

IP_NOT_LISTED = 40164
"""The call came from an address that is not on the account's whitelist. [codes]"""

TOKEN_STALE = frozenset({40001, 40014, 42001})
"""The token is not valid (any more): renew once, try once more. [codes]"""


class Fault(NamedTuple):
    """What an error code means for us: the error to raise and the words to raise it with."""

    kind: type[contract.DeliveryError]
    words: str


_LATER, _NEVER, _CLOSED = contract.RetryLater, contract.Refused, contract.WindowClosed
_ACCOUNT = contract.CredentialsRejected

FAULTS: Mapping[int, Fault] = {
    -1: Fault(_LATER, "WeChat is busy (-1)"),
    40001: Fault(_ACCOUNT, "WeChat does not accept the AppSecret or the access token (40001)"),
    40002: Fault(_ACCOUNT, "WeChat does not accept the kind of credential (40002)"),
    40003: Fault(_NEVER, "WeChat does not know this person on this account (40003)"),
    40008: Fault(_NEVER, "WeChat does not accept this kind of message (40008)"),
    40013: Fault(_ACCOUNT, "the AppID is wrong (40013)"),
    40014: Fault(_ACCOUNT, "WeChat does not accept the access token (40014)"),
    40125: Fault(_ACCOUNT, "the AppSecret is wrong (40125)"),
    40164: Fault(
        _ACCOUNT, "add this server's IP address to the IP whitelist of the account (40164)"
    ),
    40243: Fault(_ACCOUNT, "the AppSecret is frozen; thaw it in the vendor's console (40243)"),
    41001: Fault(_ACCOUNT, "the access token is missing (41001)"),
    41002: Fault(_ACCOUNT, "the AppID is missing (41002)"),
    41004: Fault(_ACCOUNT, "the AppSecret is missing (41004)"),
    42001: Fault(_ACCOUNT, "the access token has expired (42001)"),
    43004: Fault(_NEVER, "this person does not follow the account (43004)"),
    43101: Fault(_NEVER, "this person has not agreed to such notices (43101)"),
    44004: Fault(_NEVER, "the message is empty (44004)"),
    45002: Fault(_NEVER, "the text is too long for WeChat (45002)"),
    45008: Fault(_NEVER, "the message is too long for WeChat (45008)"),
    45009: Fault(_LATER, "the daily number of calls is used up (45009)"),
    45011: Fault(_LATER, "too many calls in this minute (45011)"),
    45015: Fault(
        _CLOSED, "the reply window is closed: the person wrote too long ago or left (45015)"
    ),
    45047: Fault(_CLOSED, "the number of messages after the person's last one is used up (45047)"),
    47001: Fault(_NEVER, "WeChat could not read the request (47001)"),
    48001: Fault(
        _NEVER, "this account may not use this interface; only direct answers work (48001)"
    ),
    48002: Fault(_NEVER, "this person has switched off messages from the account (48002)"),
    48004: Fault(_ACCOUNT, "this interface has been blocked for the account (48004)"),
    50002: Fault(_NEVER, "this person's WeChat is limited (50002)"),
    50004: Fault(_ACCOUNT, "this service is forbidden to the account (50004)"),
    50007: Fault(_ACCOUNT, "the account has been frozen (50007)"),
    89503: Fault(_ACCOUNT, "a call from this IP address waits for the administrator (89503)"),
    89506: Fault(_ACCOUNT, "the administrator refused calls from this IP address (89506)"),
}
"""Error code → what it means. [codes]"""

AFTER: Mapping[int, timedelta] = {
    45009: timedelta(hours=1),
    45011: timedelta(minutes=1),
}
"""How long to wait at least after a limit was hit; our choice, the vendor names none."""
