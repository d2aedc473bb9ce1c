"""All tables of all packages: importing this module makes `database.Base.metadata` complete."""

from admin_web import idempotency
from bot import chats
from conversations import accounts, inbox, log, outbox, threads, windows
from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    deals,
    jobs,
    people,
    pipelines,
    search,
    sealing,
    tasks,
)

__all__ = [
    "accounts",
    "activities",
    "addresses",
    "audit",
    "chats",
    "customers",
    "deals",
    "idempotency",
    "inbox",
    "jobs",
    "log",
    "outbox",
    "people",
    "pipelines",
    "search",
    "sealing",
    "tasks",
    "threads",
    "windows",
]
