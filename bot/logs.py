"""Logs: one line an event on stderr, readable or JSON, with an `action` one can count and grep."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

SECRET = ("secret", "token", "password", "aes_key", "code", "authorization")


def configure(style: str, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's loggers; `style` is console or json."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
    ]
    render: list[Any] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if style == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # Without local variables: they hold what customers wrote.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_stderr,
        cache_logger_on_first_use=False,
    )
    line = "%(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=line)


def _stderr(*_args: Any) -> structlog.WriteLogger:
    return structlog.WriteLogger(sys.stderr)


def _redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    for name in event:
        if any(part in name.lower() for part in SECRET):
            event[name] = "•••"
    return event
