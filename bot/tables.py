"""All tables of all packages: importing this module makes `database.Base.metadata` complete."""

from admin_web import idempotency
from bot import chats
from conversations import accounts, inbox, log, outbox, searching, threads, windows
from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    deals,
    homes,
    identity,
    jobs,
    merging,
    people,
    pipelines,
    sealing,
    search,
    sharing,
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
    "homes",
    "idempotency",
    "identity",
    "inbox",
    "jobs",
    "log",
    "merging",
    "outbox",
    "people",
    "pipelines",
    "sealing",
    "search",
    "searching",
    "sharing",
    "tasks",
    "threads",
    "windows",
]
