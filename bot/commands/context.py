"""What this chat is about: the customer that 他 and a sentence without a name mean."""

from __future__ import annotations

from bot import chats, command, finding
from bot.phrases import N_

commands = command.Commands("settings")


@commands.command(
    "context",
    names=(("切到", "当前"), ("use", "current")),
    examples=("切到 华星科技", "use 华星科技"),
    summary=N_("The customer this chat is about"),
)
def context(turn: command.Turn, customer: str = "", action: str = "") -> command.Shown:
    """Show it, forget it, or make it another one."""
    _ = turn.say
    if action == "clear":
        chats.forget(turn.chat)
        return command.Shown(lines=(_("Forgotten. Name the customer next time."),))
    if customer:
        found = finding.customer(turn, customer)
        text = _("This chat is about {name} #{id} now.", name=found.name, id=found.id)
        return command.Shown(lines=(text,), customer=found)
    current = finding.in_context(turn)
    if current is None:
        return command.Shown(lines=(_("This chat is about no customer at the moment."),))
    text = _("This chat is about {name} #{id}.", name=current.name, id=current.id)
    return command.Shown(lines=(text,), customer=current)
