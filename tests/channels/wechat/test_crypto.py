"""The cipher against Tencent's own sample, and against everything that is not quite right."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat import crypto, settings, wire

# Tencent's official WXBizMsgCrypt sample (RELIABILITY §6).
TOKEN, APP_ID = "QDG6eK", "wx5823bf96d3bd56c7"
KEY = crypto.Key(settings.aes_key("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"))
OTHER = crypto.Key(settings.aes_key("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"))
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj9"
    "11L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DO"
    "dnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03"
    "v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpN"
    "elZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q"
    "=="
)


def test_the_official_echo_is_verified_and_decrypted() -> None:
    given_signature = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    assert crypto.signed(given_signature, TOKEN, "1409659589", "263014780", ECHO)
    assert KEY.unseal(ECHO, APP_ID.encode()) == b"1616140317555161061"


def test_the_official_message_is_verified_and_decrypted() -> None:
    given_signature = "477715d11cdb4164915debcba66cb864d751f3e6"
    assert crypto.signed(given_signature, TOKEN, "1409659813", "1372623149", MESSAGE)
    raw, key = crypto.open_with([OTHER, KEY], MESSAGE, APP_ID)
    fields = wire.read(raw)
    assert key is KEY
    assert (fields["Content"], fields["MsgId"]) == ("hello", "4561255354251345929")


def test_a_message_for_another_account_is_not_opened() -> None:
    for app_id in ("wx5823bf96d3bd56c8", "", "wx5823bf96d3bd56c", "wx5823bf96d3bd56c7 "):
        with pytest.raises(crypto.Unreadable):
            crypto.open_with([KEY], MESSAGE, app_id)


@pytest.mark.parametrize("text", ["", "a", "钥匙😀", "x" * 5000, "]]>\x00"])
def test_what_is_sealed_is_opened_again(text: str) -> None:
    assert KEY.unseal(KEY.seal(text, APP_ID), APP_ID.encode()).decode() == text


def test_equal_texts_are_sealed_differently() -> None:
    assert KEY.seal("a", APP_ID) != KEY.seal("a", APP_ID)


@given(st.data())
def test_a_changed_cipher_is_never_opened_to_other_words_than_some_text(
    data: st.DataObject,
) -> None:
    sealed = bytearray(base64.b64decode(MESSAGE))
    spot = data.draw(st.integers(0, len(sealed) - 1))
    sealed[spot] ^= data.draw(st.integers(1, 255))
    try:
        KEY.unseal(base64.b64encode(bytes(sealed)).decode(), APP_ID.encode())
    except crypto.Unreadable:
        return
    # CBC alone does not authenticate; the signature over the cipher does.
    assert not crypto.signed(
        "477715d11cdb4164915debcba66cb864d751f3e6",
        TOKEN,
        "1409659813",
        "1372623149",
        base64.b64encode(bytes(sealed)).decode(),
    )


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nonsense_is_unreadable_and_nothing_else(nonsense: bytes | str) -> None:
    sealed = base64.b64encode(nonsense).decode() if isinstance(nonsense, bytes) else nonsense
    with pytest.raises(crypto.Unreadable):
        KEY.unseal(sealed, APP_ID.encode())


@pytest.mark.parametrize("text", ["", "short", "x" * 42, "x" * 44, "钥" * 43, "!" * 43])
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="43"):
        settings.aes_key(text)
