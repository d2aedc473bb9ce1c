"""The quick way of reading a push and the thorough one say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat import wire

USUAL = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>\n<CreateTime>1700000000</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{}]]></Content></xml>"
)
# A declaration is allowed, carries nothing, and is never read the quick way.
THOROUGH = b'<?xml version="1.0"?>'
MARKS = (
    *"<xml> </xml> <a> </a> <b> </b> <a/> <![CDATA[ ]]> ] x &amp; &x; < > <é> </é> <1>".split(),
    *(" ", "\n", "\r\n", "\t", "\x0b", "\x00", "\xa0", "\ufffe", "你"),
    *("<a k='v'>", "<!-- -->", "<!DOCTYPE a>", "<?p?>"),
)


def both(raw: bytes) -> tuple[object, object]:
    read: list[object] = []
    for form in (raw, THOROUGH + raw):
        try:
            read.append(wire.read(form))
        except wire.Malformed:
            read.append("malformed")
    return read[0], read[1]


@given(st.text())
def test_any_words_are_read_the_same_either_way(words):
    raw = USUAL.format(words).encode("utf-8", "surrogatepass")
    quick, thorough = both(raw)
    assert quick == thorough


@given(st.lists(st.sampled_from(MARKS)))
def test_any_tangle_of_marks_is_read_the_same_either_way(parts):
    quick, thorough = both(f"<xml>{''.join(parts)}</xml>".encode())
    assert quick == thorough


@pytest.mark.parametrize(
    "noise", [b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf0\x9f\x98\x80", b"\r"]
)
def test_bytes_that_are_no_utf_8_are_read_the_same_either_way(noise):
    quick, thorough = both(USUAL.encode().replace(b"{}", noise))
    assert quick == thorough != "malformed"


@pytest.mark.parametrize(("number", "taken"), [(999, True), (1000, False)])
def test_the_number_of_fields_is_bounded_either_way(number, taken):
    fields = "".join(f"<f{n}>{n}</f{n}>" for n in range(number))
    for result in both(f"<xml>{fields}</xml>".encode()):
        assert (result != "malformed") is taken


def test_a_field_that_comes_twice_is_a_list_either_way():
    quick, thorough = both(b"<xml><a>1</a><b></b><a>2</a></xml>")
    assert quick == thorough == {"a": ["1", "2"], "b": ""}
