"""One record behind a step of the trace, laid out for the drawer: facts, changes, raw bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import orm

from admin_web import phrases
from admin_web.pages import changes
from conversations import inbox, log, outbox
from crm_core import addresses, audit, errors, people

Fact = list[str]
"""[label, value]"""


class Reader:
    """Reads single records in one language and time zone."""

    def __init__(self, say: phrases.Say, language: str, zone: ZoneInfo) -> None:
        self.say, self.language, self.zone = say, language, zone

    def read(self, session: orm.Session, kind: str, number: int) -> dict[str, Any]:
        """{"title", "why", "facts", "changes", "raw"} of one record; raises NotFound.

        `kind` is event, stored, message, change or delivery.
        """
        readers: dict[str, Callable[[orm.Session, int], dict[str, Any]]] = {
            "event": self._event,
            "stored": self._stored,
            "message": self._message,
            "change": self._change,
            "delivery": self._delivery,
        }
        if kind not in readers:
            raise errors.NotFound("record.unknown", kind=kind)
        return {"facts": [], "changes": [], "raw": "", **readers[kind](session, number)}

    def _event(self, session: orm.Session, number: int) -> dict[str, Any]:
        _, event = self.say, inbox.get(session, number)
        return {
            "title": _("Signature valid"),
            "why": _(
                "The callback was signed with the account's token, fresh, and decrypted with its "
                "key. Anything else is refused with 403 and leaves no trace."
            ),
            "facts": [
                [_("channel"), f"{event.channel} / {event.account}"],
                [_("sender"), event.sender],
                [_("received"), self._time(event.received_at)],
            ],
            "raw": event.raw.decode("utf-8", "replace"),
        }

    def _stored(self, session: orm.Session, number: int) -> dict[str, Any]:
        _, event = self.say, inbox.get(session, number)
        states = {"new": _("being handled"), "done": _("handled"), "dead": _("given up")}
        return {
            "title": _("Event #{id}", id=event.id),
            "why": _(
                "Committed to the database before WeChat heard “success”. The key is unique for "
                "ever, so a repeat of the same callback does nothing."
            ),
            "facts": [
                [_("key"), event.dedup_key],
                [_("received"), self._time(event.received_at)],
                [_("handled"), self._time(event.handled_at)],
                [_("state"), states.get(event.state, event.state)],
                [_("failed attempts"), str(event.attempts)],
                *([[_("reason"), event.error]] if event.error else []),
            ],
        }

    def _message(self, session: orm.Session, number: int) -> dict[str, Any]:
        _, entry = self.say, session.get(log.Message, number)
        if entry is None:
            raise errors.NotFound("message.unknown", name=str(number))
        return {
            "title": _("Message {id}", id=entry.id),
            "why": _("The one log of everything said with a customer, on any channel."),
            "facts": [
                [_("from"), entry.author_name or "–"],
                [_("customer"), f"#{entry.customer_id}" if entry.customer_id else "–"],
                [_("conversation"), str(entry.conversation_id)],
                [_("kind"), entry.kind],
                [_("said"), self._time(entry.at)],
                [_("logged"), self._time(entry.created_at)],
            ],
            "raw": entry.text,
        }

    def _change(self, session: orm.Session, number: int) -> dict[str, Any]:
        _, made = self.say, session.get(audit.ChangeSet, number)
        if made is None:
            raise errors.NotFound("change.unknown", name=str(number))
        shown = [
            {
                "record": changes.record_name(change, _),
                "field": changes.field_name(change.field, _),
                "old": changes.value_shown(session, change, change.old, self.language),
                "new": changes.value_shown(session, change, change.new, self.language),
            }
            for change in audit.changes_of(session, made)
        ]
        return {
            "title": _("Change {id}", id=made.id),
            "why": _("Every field a command changed, with its cause. “undo” puts all of it back."),
            "facts": [
                [_("by"), _actor(session, made)],
                [_("cause"), made.cause],
                [_("command"), made.command or "–"],
                [_("at"), self._time(made.at)],
                [_("undone"), self._time(made.undone_at)],
            ],
            "changes": shown,
        }

    def _delivery(self, session: orm.Session, number: int) -> dict[str, Any]:
        _, sent = self.say, outbox.get(session, number)
        entry = session.get_one(log.Message, sent.message_id)
        address = session.get_one(addresses.Address, sent.address_id)
        way = (
            _("in the answer to the callback (costs no quota)")
            if sent.passive
            else _("customer-service API")
        )
        return {
            "title": _("Delivery {id}", id=sent.id),
            "why": _(
                "Queued in the same transaction as its cause, claimed, handed to WeChat, marked. "
                "What nobody can know is shown as unknown, never hidden."
            ),
            "facts": [
                [_("state"), self._state(sent.state)],
                [_("to"), address.value],
                [_("way"), way],
                [_("queued"), self._time(sent.created_at)],
                [_("last change"), self._time(sent.updated_at)],
                [_("attempts"), str(sent.attempts)],
                [_("reference"), sent.reference],
                *([[_("reason"), sent.error]] if sent.error else []),
            ],
            "raw": entry.text,
        }

    def _state(self, state: str) -> str:
        _ = self.say
        names = {
            "queued": _("queued"),
            "sending": _("sending"),
            "sent": _("delivered"),
            "delivered": _("delivered"),
            "read": _("read"),
            "failed": _("failed"),
            "unknown": _("unknown"),
        }
        return names.get(state, state)

    def _time(self, moment: datetime | None) -> str:
        if moment is None:
            return "–"
        local = moment.astimezone(self.zone)
        return f"{local:%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"


def _actor(session: orm.Session, made: audit.ChangeSet) -> str:
    rep = session.get(people.Rep, made.rep_id or 0)
    return rep.name if rep else made.actor
