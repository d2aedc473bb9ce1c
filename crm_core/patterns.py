"""Regular expressions that are compiled when they are first used.

A module of the language holds dozens; compiling them all is most of what importing it would cost,
and one sentence needs few of them.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, cast


class _Later:
    """Stands in for a compiled pattern, whose methods it takes over one by one."""

    def __init__(self, source: str, flags: int) -> None:
        self._source, self._flags = source, flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    def __getattr__(self, name: str) -> Any:
        # Kept on the instance, so that every further call costs what it does on the pattern itself.
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value


def later(source: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile(source, flags)` gives, compiled (and found wrong) at the first use."""
    return cast("re.Pattern[str]", _Later(source, flags))
