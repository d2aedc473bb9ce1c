"""`crm inbox …`: what providers sent us, and what could not be handled."""

from __future__ import annotations

from typing import Any

import click

from bot.cli import console
from conversations import inbox as events
from crm_core import clock

JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group()
def inbox() -> None:
    """Recorded events: list, look into, retry, discard."""


@inbox.command("list")
@click.option("--state", type=click.Choice(["new", "done", "dead"]), help="only these")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@JSON
def list_(state: str | None, limit: int, as_json: bool) -> None:
    """The newest events first."""
    rows = console.transact(
        lambda session: [_row(event) for event in events.listed(session, state, limit)]
    )
    console.show(rows, "\n".join(map(_line, rows)), as_json=as_json)


def _line(row: dict[str, Any]) -> str:
    account = f"{row['channel']}/{row['account']}"
    error = row["error"] or ""
    return f"{row['id']:>6}  {row['state']:<4}  {account}  {row['received_at']}  {error}".rstrip()


def _row(event: events.Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "channel": event.channel,
        "account": event.account,
        "state": event.state,
        "attempts": event.attempts,
        "error": event.error or None,
        "received_at": event.received_at.isoformat(),
    }


@inbox.command()
@click.argument("event_id", type=int)
@JSON
def show(event_id: int, as_json: bool) -> None:
    """One event with its raw bytes."""
    row = console.transact(
        lambda session: (
            _row(event := events.get(session, event_id))
            | {"sender": event.sender, "raw": event.raw.decode("utf-8", "replace")}
        )
    )
    console.show(row, "\n".join(f"{name}: {value}" for name, value in row.items()), as_json=as_json)


@inbox.command()
@click.argument("event_id", type=int)
def retry(event_id: int) -> None:
    """Handle a dead event once more."""
    console.transact(lambda session: events.retry(session, event_id, clock.now()))
    console.hint(f"event {event_id} will be handled again")


@inbox.command()
@click.argument("event_id", type=int)
def discard(event_id: int) -> None:
    """Take a dead event off the list; its raw bytes are kept."""
    console.transact(lambda session: events.discard(session, event_id, "crm inbox", clock.now()))
    console.hint(f"event {event_id} discarded")
