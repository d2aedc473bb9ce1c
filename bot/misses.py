"""What is said when there is no command to run: not understood, not built yet, not words at all."""

from __future__ import annotations

from collections.abc import Callable

from bot import command, execution, finding, questions, refusals, replies
from bot.language import understanding
from crm_core import customers, errors

NAME_LENGTH = 60
THANKS = frozenset("谢谢 谢了 多谢 谢谢你 感谢 辛苦了 辛苦 thanks thx".split()) | {"thank you"}
GREETINGS = frozenset("你好 您好 在吗 在么 hi hello hey 早 早上好 晚上好".split())
MENU_AFTER = 3
"""After so many misses in a row the rep is shown what there is."""

Fresh = Callable[[command.Turn, understanding.Understanding], execution.Outcome]


def not_words(turn: command.Turn, kind: str) -> execution.Outcome:
    """A picture, a file, a place: kept in the log, but nothing is done with it."""
    _ = turn.say
    if kind == "location":
        text = _("Location received and kept. Checking in at a customer can not be done here yet.")
    else:
        text = _("Received and kept. Sending pictures and files on can not be done here yet.")
    return execution.Outcome(text=text)


def broken(turn: command.Turn, reference: str) -> execution.Outcome:
    """A defect of ours: the rep gets the number under which the log holds the traceback."""
    text = turn.say("Something broke, reference {number}. Nothing was done.", number=reference)
    return execution.Outcome(text=text)


def nothing_said(turn: command.Turn) -> execution.Outcome:
    """An empty message."""
    return execution.Outcome(text=turn.say("I am here. “help” shows what I can do."))


def no_more(turn: command.Turn) -> execution.Outcome:
    """The list has no further page."""
    return execution.Outcome(text=turn.say("That was all."))


def not_built(turn: command.Turn, understood: understanding.Understanding) -> execution.Outcome:
    """Understood, but there is no such command yet: said, not pretended."""
    del understood
    text = turn.say(
        "I understand “{words}”, but can not do that yet. Nothing was done.",
        words=replies.one_line(turn.text, 30),
    )
    return execution.Outcome(text=text)


def asked_not_told(
    turn: command.Turn, understood: understanding.Understanding
) -> execution.Outcome:
    """A question never writes: it shows the customer it is about."""
    written = str(understood.slots.get("customer") or "")
    if written and finding.is_known(turn, written):
        return execution.run(turn, [("query", {"customer": written})], turn.text)
    return not_understood(turn, understood)


def not_understood(
    turn: command.Turn, understood: understanding.Understanding
) -> execution.Outcome:
    """A name alone shows its card; otherwise what might have been meant, by what was found."""
    text = turn.text.strip()
    courtesy = _courtesy(turn, text)
    if courtesy is not None:
        return courtesy
    if _is_name(turn, text):
        return execution.run(turn, [("query", {"customer": text})], text)
    turn.chat.misses += 1
    if turn.chat.misses >= MENU_AFTER:
        turn.chat.misses = 0
        return execution.run(turn, [("help", {})], text)
    options = _options(turn, understood)
    if not options:
        return execution.Outcome(
            text=turn.say("I did not understand that. “help” shows what I can do.")
        )
    prompt = _prompt(turn, understood)
    return execution.ask(turn, questions.stored(command.Ask(prompt, options)))


def _courtesy(turn: command.Turn, text: str) -> execution.Outcome | None:
    polite = text.strip(" ,.!~，。！～").casefold()
    if polite in THANKS:
        return execution.Outcome(text=turn.say("You are welcome."))
    return nothing_said(turn) if polite in GREETINGS else None


def _is_name(turn: command.Turn, text: str) -> bool:
    """Whether the words are nothing but a customer's name; pinyin may be a little off."""
    if "\n" in text or len(text) > NAME_LENGTH:
        return False
    found = customers.by_name(turn.session, turn.rep, text)
    return any(exact or text.isascii() for _, exact in found)


def _prompt(turn: command.Turn, understood: understanding.Understanding) -> str:
    if understood.why.startswith(("paste", "chat")):
        return turn.say("That looks like a chat record. Nothing was run. Do you want to:")
    return turn.say("I did not understand that. Do you want to:")


def _options(turn: command.Turn, understood: understanding.Understanding) -> list[command.Option]:
    _, slots = turn.say, understood.slots
    written = str(slots.get("customer") or "")
    named = written if written and finding.is_known(turn, written) else ""
    current = finding.in_context(turn)
    who = named or (f"#{current.id}" if current else "")
    shown = named or (current.name if current else "")
    options: list[command.Option] = []
    if who:
        note = {"customer": who, "text": turn.text.strip()}
        options.append(
            command.Option(label=_("note it on {name}", name=shown), clauses=(("note", note),))
        )
    if named:
        options.append(
            command.Option(
                label=_("look up {name}", name=named), clauses=(("query", {"customer": named}),)
            )
        )
    if slots.get("at") is not None:
        task = {"at": slots["at"], "text": turn.text.strip(), "customer": named or None}
        options.append(command.Option(label=_("remind you"), clauses=(("task", task),)))
    return options


def line_by_itself(turn: command.Turn, line: understanding.Understanding, fresh: Fresh) -> str:
    """One line of a batch, carried out or refused by itself; never a question."""
    turn.doubts, turn.hints, turn.must_confirm = [], [], False
    turn.customer = turn.deal = None
    _ = turn.say
    try:
        with turn.session.begin_nested():
            outcome = fresh(turn, line)
            if not outcome.wrote:
                raise errors.Refusal("line.not-run")
    except errors.Refusal as refusal:
        if refusal.key == "line.not-run":
            return "✗ " + _(
                "{line}: please send this one by itself", line=replies.one_line(turn.text, 30)
            )
        return f"✗ {refusals.answer(turn, refusal)}"
    return outcome.text.splitlines()[0]
