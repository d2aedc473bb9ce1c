"""Texts on their way out: the vendor's byte limit, its markup, and what XML cannot hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from channels import messages
from channels.wechat import rules

_ANCHOR = re.compile(r"<(?=\s*/?\s*a(?:[\s>/]|$))", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NICE_BREAK = 512
"""How many bytes a part may be shorter for ending at a line's end."""


_TOP_BITS, _FOLLOWER = 0xC0, 0x80
"""In UTF-8 a byte whose top two bits are 10 belongs to the character before it."""


def outgoing(message: messages.OutboundMessage) -> str:
    """The text as the person gets it: foreign links defused, our choices tappable if they fit.

    The choices stand in the text with their numbers already, so links that would make the text too
    long for one message are left out.
    """
    words = defused(message.text)
    if not message.choices:
        return words
    linked = f"{words}\n{_links(message.reference, message.choices)}"
    return linked if size(linked) <= rules.TEXT_BYTES else words


def defused(words: str) -> str:
    """The same words with every `<a` made harmless: people's words must never become a link.

    The client reads only `<a …>` as markup. A full-width sign looks nearly the same and cannot
    open a tag.
    """
    return _ANCHOR.sub("\N{FULLWIDTH LESS-THAN SIGN}", words)


def _links(reference: str, choices: Sequence[messages.Choice]) -> str:
    return "　".join(_link(f"{reference}.{n}", choice) for n, choice in enumerate(choices, 1))


def _link(menu_id: str, choice: messages.Choice) -> str:
    """A link that says `choice.value` when tapped (COMMANDS §6)."""
    content, ident = quote(_utf8(choice.value), safe=""), quote(_utf8(menu_id), safe="")
    label = choice.label.replace("<", "＜").replace(">", "＞").replace("\n", " ")
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid={ident}">{label}</a>'


def size(words: str) -> int:
    """The length in UTF-8 bytes, which is what the vendor counts."""
    return len(_utf8(words))


def split(words: str, limit: int = rules.TEXT_BYTES) -> list[str]:
    """Cut into parts of at most `limit` UTF-8 bytes each, between characters.

    Joined they are `words` again. Prefers the end of a line when one is near. An empty text is one
    empty part.
    """
    parts, rest = [], _utf8(words)
    while len(rest) > limit:
        cut = limit
        while rest[cut] & _TOP_BITS == _FOLLOWER:
            cut -= 1
        line_end = rest.rfind(b"\n", max(1, cut - _NICE_BREAK), cut) + 1
        cut = line_end or cut
        parts.append(rest[:cut].decode())
        rest = rest[cut:]
    return [*parts, rest.decode()]


def cdata(words: str) -> str:
    """Words fit for a CDATA section: `]]>` divided, characters outside XML 1.0 left out."""
    return _NOT_XML.sub("", words).replace("]]>", "]]]]><![CDATA[>")


def _utf8(words: str) -> bytes:
    return words.encode("utf-8", "replace")
