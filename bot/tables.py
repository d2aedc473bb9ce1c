"""All tables of all packages: importing this module makes `database.Base.metadata` complete."""

from admin_web import idempotency
from bot import dialogue
from conversations import accounts, inbox, log, outbox, threads, windows
from crm_core import activities, addresses, audit, customers, deals, jobs, people, pipelines, tasks

__all__ = [
    "accounts",
    "activities",
    "addresses",
    "audit",
    "customers",
    "deals",
    "dialogue",
    "idempotency",
    "inbox",
    "jobs",
    "log",
    "outbox",
    "people",
    "pipelines",
    "tasks",
    "threads",
    "windows",
]
