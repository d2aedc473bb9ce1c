"""Staying in a customer's conversation: what becomes of each line (COMMANDS §5, attend).

Words go to the customer; what reads like a command, or like a pasted record, is asked about first,
and so nothing meant for the bot is said to a customer or the other way round.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import answering, chats, command, execution, questions, replies
from bot.language import understanding
from conversations import threads, watching
from crm_core import customers, errors

SLASHES = ("/", "／")
SHOWN = 40
WATCH = timedelta(minutes=30)


def of(turn: command.Turn) -> tuple[chats.Attended | None, str]:
    """The conversation this line belongs to, if any; else, when one is just over, that it is.

    A line that begins with a slash is a command: the slash is taken off.
    """
    stays = chats.attended(turn.chat)
    if stays is None:
        return None, ""
    customer = _seen(turn, stays.customer_id)
    if customer is None or _idle_since(turn, stays) < turn.now - chats.ATTENDING_LIFE:
        chats.leave(turn.chat)
        return None, turn.say("The talk has ended by itself: this was not sent to the customer.")
    if turn.text.lstrip().startswith(SLASHES):
        turn.text = turn.text.lstrip()[1:]
        return None, ""
    return stays, ""


def _seen(turn: command.Turn, customer_id: int) -> customers.Customer | None:
    try:
        return customers.get(turn.session, turn.rep, customer_id)
    except errors.NotFound:
        return None


def _idle_since(turn: command.Turn, stays: chats.Attended) -> datetime:
    talk = turn.session.get_one(threads.Conversation, stays.conversation_id)
    return max(stays.at, talk.last_message_at or stays.at)


def line(
    turn: command.Turn, stays: chats.Attended, understood: understanding.Understanding
) -> execution.Outcome | None:
    """Say this line to the customer, or ask; None when it is to be taken as usual."""
    bare = understood.command in answering.BARE
    if understood.command == "attend" or (bare and turn.chat.question is not None):
        return None
    words = ("reply", {"customer": f"#{stays.customer_id}", "text": turn.text})
    if understood.why != "pasted" and not understood.lines and (understood.command is None or bare):
        turn.sure = True
        outcome = execution.run(turn, [words], turn.text)
        chats.attend(turn.chat, stays.customer_id, stays.conversation_id, turn.now)
        until = turn.now + WATCH
        watching.watch(turn.session, turn.rep.id, stays.customer_id, until)
        return outcome
    return execution.ask(turn, questions.stored(_which(turn, stays, understood, words)))


def _which(
    turn: command.Turn,
    stays: chats.Attended,
    understood: understanding.Understanding,
    words: tuple[str, dict[str, str]],
) -> command.Ask:
    _ = turn.say
    customer = turn.session.get_one(customers.Customer, stays.customer_id)
    name = replies.one_line(customer.name, 30)
    options = [command.Option(label=_("say it to {name}", name=name), clauses=(words,), sure=True)]
    clauses = [(each.command, each.slots) for each in understood.clauses]
    if understood.command is not None:
        clauses = clauses or [(understood.command, understood.slots)]
    if clauses and all(name in turn.registry for name, _slots in clauses):
        options.append(command.Option(label=_("run it as a command"), clauses=tuple(clauses)))
    shown = replies.one_line(turn.text, SHOWN)
    return command.Ask(_("“{words}”: is that for {name}?", words=shown, name=name), options)
