"""What the web side is given by the composition root; it reaches for nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from admin_web import limits, metrics
from conversations import live
from crm_core import clock, database


@dataclass(frozen=True, kw_only=True)
class Services:
    """The database, the time and the company's defaults. `public_url` may be empty."""

    database: database.Database
    now: clock.Clock = clock.now
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    public_url: str = ""
    metrics: metrics.Metrics = field(default_factory=metrics.Metrics)
    wakeups: live.Wakeups = field(default_factory=live.Wakeups)
    limits: limits.Limits = field(default_factory=limits.Limits)


KEY = web.AppKey("services", Services)


def of(request: web.Request) -> Services:
    """The services of the application that serves this request."""
    return request.config_dict[KEY]
