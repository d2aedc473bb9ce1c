"""Commands: how one is declared, and what it gets and gives.

A command is one typed function, declared once in a module of `bot/commands/`:

    commands = command.Commands("deals")

    @commands.command("stage", zh=("到",), en=("stage",), summary=N_("Move a deal"), …)
    def stage(turn: command.Turn, deal: deals.Deal, stage: pipelines.Stage) -> command.Done: ...

Its slots are its parameters; `bot.readers` turns what was said into values of their types. Help,
the reference and the tests derive from the declaration.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import orm

from bot import chats, phrases, world
from channels import messages
from conversations import log
from crm_core import audit, clock, customers, deals, people

EVERYONE = frozenset(people.Role)


class Risk(enum.StrEnum):
    """What running a command can do: only look, change something, or more than that."""

    READ = "read"
    WRITE = "write"
    CONFIRM = "confirm"


class Clash(Exception):
    """Two commands claim one name, or a declaration can not work: found before anything runs."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One numbered answer: `patch` changes the slots of the clause that asked, `clauses` all."""

    label: str
    patch: Mapping[str, Any] = field(default_factory=dict)
    clauses: tuple[tuple[str, Mapping[str, Any]], ...] | None = None
    then: Ask | None = None
    sure: bool = False


class Ask(Exception):
    """Nothing is done before the rep has answered.

    `prompt` is complete without the options' lines. `free` names the slot that other words fill.
    `no` is what a 0 runs, for a question whose no is worth remembering; `later` says how to come
    back to a question that had to wait for another one.
    """

    def __init__(
        self,
        prompt: str,
        options: Sequence[Option] = (),
        *,
        free: str = "",
        kind: str = "pick",
        no: Option | None = None,
        later: str = "",
    ) -> None:
        super().__init__(prompt)
        self.prompt, self.options, self.free, self.kind = prompt, tuple(options), free, kind
        self.no, self.later = no, later


@dataclass(frozen=True, kw_only=True)
class Done:
    """A write that was carried out. Changes of `deal` are shown from the change set itself.

    `facts` go into the echo's first line, `notes` below it; `undo` says how to take it back.
    `named` is False where the facts name the customer themselves; `elsewhere` is True where the
    change is written down in another change set than the line's own.
    """

    customer: customers.Customer | None = None
    deal: deals.Deal | None = None
    named: bool = True
    elsewhere: bool = False
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    undo: str | None = None
    offer: Ask | None = None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a look showed: complete lines. `listed` are the short ids behind 1, 2, 3 …"""

    lines: tuple[str, ...]
    customer: customers.Customer | None = None
    deal: deals.Deal | None = None
    listed: tuple[str, ...] = ()
    choices: tuple[messages.Choice, ...] = ()
    picks: Ask | None = None
    more: Mapping[str, Any] | None = None


Result = Done | Shown


@dataclass(kw_only=True)
class Turn:
    """One message of a rep being answered: who, where, when, in which words."""

    session: orm.Session
    rep: people.Rep
    chat: chats.Dialogue
    setting: world.World
    registry: Mapping[str, Command]
    text: str
    now: datetime
    said_at: datetime
    """When the rep sent the words: what 明天 counts from."""
    message: log.Message
    source: str = "chat"
    """From where the words came, for the audit."""
    verb: str = ""
    """The command that the present line began with."""
    sure: bool = False
    """The rep has confirmed: doubts are settled."""
    writes: bool = False
    """Whether any clause of the line changes something."""
    must_confirm: bool = False
    """Ask before carrying out, even without a doubt that has words."""
    doubts: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    changes: audit.ChangeSet = field(default_factory=audit.ChangeSet)
    slots: dict[str, Any] = field(default_factory=dict)
    """What the present clause said; what it was resolved to is pinned here."""
    customer: customers.Customer | None = None
    """The customer an earlier clause of the same line was about."""
    deal: deals.Deal | None = None
    """Likewise the deal."""
    looked_up: tuple[str, Sequence[tuple[customers.Customer, bool]]] = ("", ())
    """The name that was looked up last, and whom it found."""

    @property
    def language(self) -> str:
        """The rep's language, zh or en."""
        return self.rep.language or self.setting.language

    @property
    def say(self) -> phrases.Say:
        """What says sentences in the rep's language."""
        return phrases.of(self.rep, self.setting.language)

    @property
    def zone(self) -> Any:
        """The rep's time zone."""
        return clock.zone(self.rep.timezone or self.setting.timezone)

    def doubt(self, reason: str) -> None:
        """Ask for a confirmation, for this reason, before the line is carried out."""
        if reason not in self.doubts:
            self.doubts.append(reason)

    def hint(self, text: str) -> None:
        """Add one line below the answer."""
        if text not in self.hints:
            self.hints.append(text)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One parameter of a command: its type without None, and whether it may be left out.

    `name` is the slot's name in the language; a Python keyword has an underscore as `parameter`.
    """

    name: str
    parameter: str
    type: Any
    required: bool
    default: Any


@dataclass(frozen=True, kw_only=True)
class Command:
    """One declared command. `zh` and `en` are its names, the canonical one first."""

    name: str
    topic: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    summary: str
    example_zh: str
    example_en: str
    risk: Risk
    roles: frozenset[people.Role]
    slots: tuple[Slot, ...]
    run: Callable[..., Result]

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.risk is not Risk.READ

    def example(self, language: str) -> str:
        """A sentence that runs."""
        return self.example_zh if language == "zh" else self.example_en


class Commands:
    """The commands of one module; `topic` is the noun under which help shows them."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.declared: list[Command] = []

    def command(
        self,
        name: str,
        *,
        names: tuple[Sequence[str], Sequence[str]],
        examples: tuple[str, str],
        summary: str,
        risk: Risk = Risk.READ,
        roles: frozenset[people.Role] = EVERYONE,
    ) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
        """Declare a function as the command of that id; `names` and `examples` are (zh, en)."""

        def declare(function: Callable[..., Result]) -> Callable[..., Result]:
            self.declared.append(
                Command(
                    name=name,
                    topic=self.topic,
                    zh=tuple(names[0]),
                    en=tuple(names[1]),
                    summary=summary,
                    example_zh=examples[0],
                    example_en=examples[1],
                    risk=risk,
                    roles=roles,
                    slots=_slots(function),
                    run=function,
                )
            )
            return function

        return declare


def _slots(function: Callable[..., Result]) -> tuple[Slot, ...]:
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or hints.get(parameters[0].name) is not Turn:
        raise Clash(f"{function.__name__}: its first parameter must be a Turn")
    if inspect.iscoroutinefunction(function):
        raise Clash(f"{function.__name__}: a command awaits nothing")
    return tuple(
        Slot(
            name=parameter.name.rstrip("_"),
            parameter=parameter.name,
            type=_without_none(hints[parameter.name]),
            required=parameter.default is inspect.Parameter.empty,
            default=parameter.default,
        )
        for parameter in parameters[1:]
    )


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def register(groups: Iterable[Commands]) -> dict[str, Command]:
    """All commands by id. Raises Clash, naming both, before anything is registered."""
    registry: dict[str, Command] = {}
    claimed: dict[str, str] = {}
    for declared in (command for group in groups for command in group.declared):
        if declared.name in registry:
            raise Clash(f"two commands are called {declared.name}")
        for word in (*declared.zh, *declared.en):
            holder = claimed.setdefault(word.casefold(), declared.name)
            if holder != declared.name:
                raise Clash(f"{holder} and {declared.name} both claim “{word}”")
        registry[declared.name] = declared
    return registry


def reference(registry: Mapping[str, Command]) -> list[dict[str, Any]]:
    """The registry as plain data, for documentation: one entry a command, in order of topic."""
    return [
        {
            "id": each.name,
            "topic": each.topic,
            "zh": list(each.zh),
            "en": list(each.en),
            "summary": each.summary,
            "examples": {"zh": each.example_zh, "en": each.example_en},
            "risk": str(each.risk),
            "roles": sorted(str(role) for role in each.roles),
            "slots": [{"name": slot.name, "required": slot.required} for slot in each.slots],
        }
        for each in sorted(registry.values(), key=lambda each: (each.topic, each.name))
    ]
