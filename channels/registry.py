"""Finds the channels: every folder here with a `channel.py` is one, named by its folder.

A channel is imported when its kind is first asked for, so that an account of one kind does not
cost the libraries of the others.
"""

# typing.override arrives with Python 3.12.
# mypy: disable-error-code="explicit-override"

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import ValidationError

import channels
from channels import contract

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class UnknownKind(LookupError):
    """No channel folder has this name."""


class BadSettings(ValueError):
    """The settings of one account do not fit its channel; the text says which and why."""


class _Kinds(Mapping[str, type[contract.Channel]]):
    """Kind → channel class, in order of the names; a class is imported when it is taken."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __getitem__(self, kind: str) -> type[contract.Channel]:
        if kind not in self._names:
            raise KeyError(kind)
        module = importlib.import_module(f"channels.{kind}.channel")
        return cast(type[contract.Channel], module.Channel)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@functools.cache
def kinds() -> Mapping[str, type[contract.Channel]]:
    """All channels that exist: kind → class, sorted by kind; a class is imported when taken."""
    folders = sorted(m.name for m in pkgutil.iter_modules(channels.__path__) if m.ispkg)
    return _Kinds(tuple(f for f in folders if importlib.util.find_spec(f"channels.{f}.channel")))


def build(
    kind: str, name: str, settings: Mapping[str, Any], tools: contract.Tools
) -> contract.Channel:
    """Make the channel of one account.

    `settings` is the account's block as in `crm.toml`; its own `kind` and `name` are left aside.
    Raises `UnknownKind`, or `BadSettings` with the reasons in words and no secret in them.
    """
    known = kinds()
    if kind not in known:
        raise UnknownKind(f"there is no channel of kind {kind!r}; there are: {', '.join(known)}")
    if not _NAME.fullmatch(name):
        raise BadSettings(f"{kind} {name!r}: a name has letters, digits, - and _ only (at most 64)")
    made = known[kind]
    fields = {key: value for key, value in settings.items() if key not in ("kind", "name")}
    try:
        checked = made.Settings.model_validate(fields)
    except ValidationError as error:
        raise BadSettings(f"{kind} {name}: {_in_words(error)}") from None
    return made(contract.Account(kind=kind, name=name, settings=checked), tools)


def _in_words(error: ValidationError) -> str:
    """The reasons of a validation error, without the values: they may be secrets."""
    return "; ".join(
        ": ".join(filter(None, (".".join(map(str, e["loc"])), _reason(e["type"], e["msg"]))))
        for e in error.errors(include_input=False, include_url=False)
    )


def _reason(type_: str, message: str) -> str:
    if type_ == "missing":
        return "is missing"
    if type_ == "extra_forbidden":
        return "is not a setting of this channel"
    return message.removeprefix("Value error, ")
