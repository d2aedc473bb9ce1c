"""What the API answers, exactly as DESIGN §5.6 fixes it. Times are UTC, money decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import pydantic

T = TypeVar("T")


class Shape(pydantic.BaseModel):
    """A JSON object of ours; its fields are always all there."""

    model_config = pydantic.ConfigDict(
        frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True
    )


class Page(Shape, Generic[T]):
    """One page of a list; `next` is the cursor of the following one, null on the last."""

    items: list[T]
    next: str | None


class Contact(Shape):
    """A person at a customer."""

    id: int
    name: str
    title: str


class Address(Shape):
    """One way to reach a contact."""

    kind: str
    account: str
    value: str
    state: Literal["ok", "unreachable", "opted_out"]
    contact_id: int | None


class Customer(Shape):
    """A company or a person we sell to."""

    id: int
    name: str
    kind: Literal["company", "person"]
    status: Literal["lead", "active", "won", "lost", "dormant"]
    owner_id: int | None
    level: str
    source: str
    tags: list[str]
    contacts: list[Contact]
    addresses: list[Address]
    created_at: datetime


class Window(Shape):
    """Until when, and how many times, the provider lets us write; null means without limit."""

    open: bool
    expires_at: datetime
    remaining: int


class Conversation(Shape):
    """One thread with one contact on one channel account."""

    id: int
    customer_id: int | None
    contact_id: int | None
    channel: str
    account: str
    subject: str
    status: Literal["open", "snoozed", "closed"]
    assignee_id: int | None
    window: Window | None
    last_message_at: datetime | None


class Author(Shape):
    """Who said it."""

    kind: Literal["contact", "rep", "bot"]
    id: int | None
    name: str


class Attachment(Shape):
    """A file that came or went with a message."""

    id: int
    name: str
    type: str
    size: int
    state: str


DeliveryState = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"]


class Message(Shape):
    """One entry of a conversation; `delivery` is null for what came in and for notes."""

    id: int
    conversation_id: int
    customer_id: int | None
    direction: Literal["in", "out", "note"]
    author: Author
    subject: str
    text: str
    attachments: list[Attachment]
    full_text: str
    delivery: DeliveryState | None
    maybe_duplicate: bool
    error: str | None
    provider_id: str | None
    at: datetime


class SentMessage(Message):
    """A message just accepted for delivery; `warning` says why it may not arrive."""

    warning: str | None


class Stage(Shape):
    """A stage of a pipeline; the name is in the language of the token's rep."""

    key: str
    name: str


class Deal(Shape):
    """A deal; `amount` is a decimal string, `probability` per cent."""

    id: int
    customer_id: int
    title: str
    pipeline: str
    stage: Stage
    status: Literal["open", "won", "lost"]
    amount: str | None
    currency: str
    close_date: date | None
    probability: int
    owner_id: int | None
    lost_reason: str


class Task(Shape):
    """Something due."""

    id: int
    customer_id: int | None
    owner_id: int | None
    text: str
    due_at: datetime
    deadline: bool
    repeat: str
    status: Literal["open", "done", "cancelled"]


class Activity(Shape):
    """A note, visit, call or meeting logged on a customer."""

    id: int
    customer_id: int
    kind: str
    text: str
    at: datetime
    rep_id: int | None


class Event(Shape):
    """What a provider sent; `error` says why it failed, or who discarded it."""

    id: int
    channel: str
    account: str
    state: Literal["new", "done", "dead"]
    attempts: int
    error: str
    received_at: datetime


class Rep(Shape):
    """A person of ours."""

    id: int
    name: str
    role: Literal["rep", "manager", "admin"]
    team: str
    active: bool


class Field(Shape):
    """One field before and after; name *created or *deleted stands for the whole record."""

    record: str
    name: str
    old: Any
    new: Any


class Change(Shape):
    """All that one command, form or request changed."""

    id: int
    actor: str
    cause: str
    fields: list[Field]
    at: datetime
    undone: bool


class MessageEntry(Message):
    """A message in a timeline."""

    type: Literal["message"] = "message"


class ActivityEntry(Activity):
    """An activity in a timeline."""

    type: Literal["activity"] = "activity"


class DealEntry(Deal):
    """A deal in a timeline, where it was created."""

    type: Literal["deal"] = "deal"


class TaskEntry(Task):
    """A task in a timeline, where it was created."""

    type: Literal["task"] = "task"


class ChangeEntry(Change):
    """A change set in a timeline."""

    type: Literal["change"] = "change"


Entry = Annotated[
    MessageEntry | ActivityEntry | DealEntry | TaskEntry | ChangeEntry,
    pydantic.Field(discriminator="type"),
]
