"""Help by example, with the rep's own customers in the examples."""

from __future__ import annotations

from collections.abc import Sequence

from bot import command
from bot.phrases import N_
from crm_core import customers

commands = command.Commands("settings")
STAND_IN = "华星科技"
"""The customer of the declared examples, replaced by one of the rep's own."""
TOPICS = {
    "customers": N_("customers"),
    "deals": N_("deals"),
    "tasks": N_("tasks"),
    "replies": N_("replies"),
    "settings": N_("settings"),
}
FIRST = ("query", "stage", "note", "task", "reply")
PAGE = 4


@commands.command(
    "help",
    names=(("帮助", "菜单"), ("help", "menu")),
    examples=("帮助", "help"),
    summary=N_("What I can do"),
)
def help_(turn: command.Turn, topic: str = "", page: int = 1) -> command.Shown:
    """Examples for a start, or those of one topic or command."""
    _ = turn.say
    wanted = topic.strip().casefold()
    if not wanted:
        lines = [_("Just write what you want, for example:")]
        lines += [_example(turn, turn.registry[name]) for name in FIRST[:4]]
        topics = (" | " if turn.language == "en" else "｜").join(
            _(name) for name in TOPICS.values()
        )
        lines.append(_("More: help {topics}", topics=topics))
        return command.Shown(lines=tuple(lines))
    found = _about(turn, wanted)
    if not found:
        return command.Shown(
            lines=(_("Nothing about “{topic}”. “help” shows the topics.", topic=topic),)
        )
    shown = found[(page - 1) * PAGE : page * PAGE]
    lines = [f"{_(each.summary)}: {_example(turn, each)}" for each in shown]
    more = {"page": page + 1} if len(found) > page * PAGE else None
    lines += [_("Send “more” for the rest")] if more else []
    return command.Shown(
        lines=tuple(lines), picks=command.Ask("", kind="list") if more else None, more=more
    )


def _about(turn: command.Turn, wanted: str) -> Sequence[command.Command]:
    """The commands of a topic, or those whose names or purpose the words mention."""
    _ = turn.say
    for topic, title in TOPICS.items():
        if wanted in (topic, _(title), title.casefold()):
            return [each for each in turn.registry.values() if each.topic == topic]
    return [each for each in turn.registry.values() if _mentions(turn, each, wanted)]


def _mentions(turn: command.Turn, each: command.Command, wanted: str) -> bool:
    words = [*each.zh, *each.en, turn.say(each.summary)]
    return any(word.casefold() in wanted or wanted in word.casefold() for word in words)


def _example(turn: command.Turn, declared: command.Command) -> str:
    """A sentence to copy, about a customer the rep knows."""
    own = customers.listed(
        turn.session, turn.rep, customers.Customer.owner_id == turn.rep.id, limit=1
    )
    example = declared.example(turn.language)
    return example.replace(STAND_IN, own[0].name) if own else example
