"""Whom an internal note names."""

from __future__ import annotations

import pytest

from conversations import notes
from crm_core import people

STAFF = [people.Rep(name=name) for name in ("王丽", "王丽娜", "Tom")]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("@王丽娜 看一下", ["王丽娜"]),
        ("@王丽娜看一下", ["王丽娜"]),
        ("@王丽看一下 ＠Tom", ["王丽", "Tom"]),
        ("王丽 @李强 a@b", []),
        ("@", []),
    ],
)
def test_the_longest_name_that_fits_is_meant(words, meant):
    assert [rep.name for rep in notes.named(STAFF, words)] == meant
