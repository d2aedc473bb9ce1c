"""All commands of the bot: every module of this folder that has `commands` adds its own."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType

from bot import command


@cache
def registry() -> MappingProxyType[str, command.Command]:
    """The commands by id; raises command.Clash when two claim one name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    groups = [module.commands for module in modules if hasattr(module, "commands")]
    return MappingProxyType(command.register(groups))
