"""All operations of the API."""

from __future__ import annotations

from admin_web.api import (
    activities,
    conversations,
    customers,
    deals,
    events,
    registry,
    reps,
    tasks,
    timeline,
)

NOUNS = (customers, timeline, conversations, deals, tasks, activities, events, reps)


def operations() -> list[registry.Operation]:
    """In the order of the reference page."""
    return [operation for noun in NOUNS for operation in noun.operations.all]
