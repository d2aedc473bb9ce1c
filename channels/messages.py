"""What passes between a channel and the rest of the program, free of any vendor's words.

Everything here is frozen data. Times are aware UTC datetimes; texts are the person's own
characters, untrimmed. A channel turns the vendor's wire format into one of the `Inbound…` kinds and
an `OutboundMessage` into vendor calls; nothing else crosses the border.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

NO_TIME = datetime.fromtimestamp(0, UTC)
"""Stands where the provider named no usable time: take the time of arrival instead."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """One way to reach somebody: unique by (kind, account, value).

    `kind` is wechat, unionid, wecom, email, phone or console. `account` is the name of the channel
    account that scopes the value (an openid means nothing outside its official account); it is
    empty for kinds that are the same everywhere: unionid, email, phone.
    """

    kind: str
    value: str
    account: str = ""


@dataclass(frozen=True, kw_only=True)
class RawEvent:
    """What a provider sent us, verified and decrypted but not yet understood.

    `dedup_key` is permanent and unique within the account: the same provider event always gives the
    same key. `sender` orders the events of one correspondent. `raw` is what `Channel.parse` reads,
    now or at any replay. `takes_reply` says that the provider reads an answer from our response;
    `text` and `greets` let the recorder decide whether this one will get an answer.
    """

    channel: str
    account: str
    dedup_key: str
    sender: Address
    raw: bytes
    takes_reply: bool = False
    text: str = ""
    greets: bool = False


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """Common to all that comes in: who, when by the provider's clock, the provider's own id."""

    sender: Address
    at: datetime
    provider_id: str = ""
    sender_name: str = ""
    also_known_as: tuple[Address, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InboundAttachment:
    """A file that came with a message, still at the provider under `remote_id`."""

    name: str
    type: str
    remote_id: str


@dataclass(frozen=True, kw_only=True)
class InboundMessage(Inbound):
    """Words (or a readable stand-in for a picture, voice, location…) from somebody.

    `kind` is text, image, voice, video, location, link, file, menu or other; `text` is readable for
    every kind. A tapped choice or menu button is of kind menu and its `text` is what the tap stands
    for; `tapped` names the choice as we sent it, `<reference>.<n>`, empty for a menu button.
    """

    text: str
    kind: str = "text"
    tapped: str = ""
    subject: str = ""
    full_text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InboundFollow(Inbound):
    """Somebody followed the account, or scanned one of its QR codes (`scene`; empty if none)."""

    scene: str = ""


@dataclass(frozen=True, kw_only=True)
class InboundUnfollow(Inbound):
    """Somebody left: the address cannot be reached any more."""


@dataclass(frozen=True, kw_only=True)
class InboundStatus(Inbound):
    """A provider reports how a message of ours fared.

    `provider_id` names our message; `state` is sent, delivered, read or failed; `error` is words.
    """

    state: str
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class InboundOther(Inbound):
    """Something we keep raw and show by name, but do not act on: `what` is the vendor's name."""

    what: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One tappable answer. Sending `value` as text must mean the same as tapping it."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class OutboundMessage:
    """One message to one address.

    `reference` is ours, unique per delivery and stable over retries: channels whose provider knows
    idempotency keys use it. `text` is plain; a channel neutralises whatever its provider would
    read as markup. `choices` are already printed in `text` with their numbers; a channel that has
    buttons or links may make them tappable besides.
    """

    to: Address
    text: str
    reference: str
    choices: tuple[Choice, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The provider accepted a message. `provider_ids` has one id a part, where it gives any."""

    provider_ids: tuple[str, ...] = ()
    parts: int = 1
    """How many messages of the reply window it used up."""
