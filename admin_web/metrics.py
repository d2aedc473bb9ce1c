"""Figures for Prometheus: counted as things happen; queues are measured when asked."""

from __future__ import annotations

import asyncio
import functools
from datetime import datetime, timedelta

import prometheus_client as prometheus
import sqlalchemy as sa
import structlog
from aiohttp import web
from sqlalchemy import orm

from conversations import inbox
from crm_core import database, jobs

log = structlog.get_logger("metrics")

PATIENCE = 3.0
"""Seconds to wait for the database; figures without the queues are better than none."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One process's figures, in a registry of their own: two programs can share a process."""

    def __init__(self) -> None:
        self.registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self.registry)
        self._events = self._counter(
            "crm_events", "Provider events by what became of them", "channel", "account", "outcome"
        )
        self._deliveries = self._counter(
            "crm_deliveries", "Outbound messages by outcome", "channel", "account", "outcome"
        )
        self._handling = self._histogram(
            "crm_handle_seconds", "From the start to the commit of handling one event", "channel"
        )
        self._requests = self._histogram(
            "crm_http_request_seconds", "HTTP requests by route", "method", "route", "status"
        )
        # Looking a child up by its labels costs more than counting does.
        self._event = functools.cache(self._events.labels)
        self._request = functools.cache(self._requests.labels)
        self._jobs = self._gauge("crm_jobs", "Jobs in the queue", "kind", "state")
        self._ages = self._gauge("crm_job_overdue_seconds", "Age of the oldest due job", "kind")
        self._oldest_event = self._gauge(
            "crm_oldest_runnable_event_seconds", "Age of the oldest event that waits for a worker"
        )
        self._dead_events = self._gauge("crm_dead_events", "Events given up, to be looked at")

    def _counter(self, name: str, text: str, *labels: str) -> prometheus.Counter:
        return prometheus.Counter(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> prometheus.Histogram:
        return prometheus.Histogram(name, text, labels, buckets=SECONDS, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> prometheus.Gauge:
        return prometheus.Gauge(name, text, labels, registry=self.registry)

    def count(self, kind: str, account: str, outcome: str) -> None:
        """One provider event: `outcome` is accepted, repeated, forged, stale, malformed, …"""
        self._event(kind, account, outcome).inc()

    def delivered(self, channel: str, account: str, outcome: str) -> None:
        """One try to deliver: `outcome` is sent, failed, later, unknown, …"""
        self._deliveries.labels(channel, account, outcome).inc()

    def handled(self, channel: str, took: timedelta) -> None:
        """Handling one event, with its commit, took this long."""
        self._handling.labels(channel).observe(took.total_seconds())

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """One HTTP request; `route` is the pattern, never the path, which anybody can invent."""
        self._request(method, route, str(status)).observe(seconds)

    def measured(self, queues: Queues) -> None:
        """Set the gauges of the queues."""
        self._jobs.clear()
        self._ages.clear()
        for (kind, state), number in queues.jobs.items():
            self._jobs.labels(kind, state).set(number)
        for kind, age in queues.overdue.items():
            self._ages.labels(kind).set(age)
        self._oldest_event.set(queues.oldest_event)
        self._dead_events.set(queues.dead_events)


class Queues:
    """How full the queues are at `now`; ages in seconds."""

    def __init__(self, session: orm.Session, now: datetime) -> None:
        job = jobs.Job
        counts = sa.select(job.kind, job.state, sa.func.count()).group_by(job.kind, job.state)
        due = (
            sa.select(job.kind, sa.func.min(job.run_at))
            .where(job.state == "ready", job.run_at <= now)
            .group_by(job.kind)
        )
        dead = sa.select(sa.func.count()).where(inbox.in_state("dead"))
        self.jobs = {(kind, state): number for kind, state, number in session.execute(counts)}
        self.overdue = {kind: (now - at).total_seconds() for kind, at in session.execute(due)}
        oldest = inbox.oldest_runnable(session, now)
        self.oldest_event = (now - oldest).total_seconds() if oldest else 0.0
        self.dead_events = session.scalar(dead) or 0


async def measure(metrics: Metrics, door: database.Database, now: datetime) -> None:
    """Read the queues' figures, if the database answers."""
    try:
        async with asyncio.timeout(PATIENCE):
            metrics.measured(await door.read(Queues, now))
    except Exception as error:
        if not (database.is_away(error) or isinstance(error, TimeoutError)):
            raise
        log.warning("no queue figures: the database is away", action="metrics_without_queues")


def exposition(metrics: Metrics, accept: str) -> web.Response:
    """The figures in the text format that the scraper prefers."""
    encode, content_type = prometheus.exposition.choose_encoder(accept)
    return web.Response(body=encode(metrics.registry), headers={"Content-Type": content_type})
