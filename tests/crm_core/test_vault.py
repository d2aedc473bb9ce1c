"""Sealing secrets and taking fingerprints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import vault

OTHER = "another secret of these tests, as long"
JSON = st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none())


@given(JSON)
def test_what_is_sealed_can_be_opened(value):
    vault.unlock(OTHER)
    sealed = vault.seal("table/1", value)
    assert vault.open_sealed("table/1", sealed) == value


def test_two_seals_of_the_same_differ_and_hide_it():
    one, two = (vault.seal("p", {"secret": "hunter2"}) for _ in range(2))
    assert one != two
    assert b"hunter2" not in one


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: b"", lambda s: s[:5]])
def test_damaged_seals_are_refused(spoil):
    with pytest.raises(vault.Sealed):
        vault.open_sealed("p", spoil(vault.seal("p", {"a": 1})))


def test_every_changed_byte_is_noticed():
    sealed = vault.seal("p", {"a": 1})
    for n in range(len(sealed)):
        changed = sealed[:n] + bytes([sealed[n] ^ 1]) + sealed[n + 1 :]
        with pytest.raises(vault.Sealed):
            vault.open_sealed("p", changed)


def test_another_key_or_purpose_does_not_open():
    sealed = vault.seal("p", {"a": 1})
    with pytest.raises(vault.Sealed):
        vault.open_sealed("q", sealed)
    vault.unlock(OTHER)
    with pytest.raises(vault.Sealed):
        vault.open_sealed("p", sealed)


def test_fingerprints_match_only_for_one_purpose_value_and_key():
    print_ = vault.fingerprint("binding", "123456")
    assert vault.fingerprint("binding", "123456") == print_
    assert vault.fingerprint("token", "123456") != print_
    assert vault.fingerprint("binding", "123457") != print_
    vault.unlock(OTHER)
    assert vault.fingerprint("binding", "123456") != print_
    assert len(print_) == 32


def test_a_short_secret_is_refused_and_changes_nothing():
    print_ = vault.fingerprint("a", "b")
    with pytest.raises(ValueError, match="32"):
        vault.unlock("x" * 31)
    assert vault.fingerprint("a", "b") == print_
