"""Gates between understanding and doing, as far as the words alone can tell."""

from datetime import timedelta

from bot.language import marks
from bot.language.extract import Sentence
from bot.language.rules import Slots

READS = frozenset(
    "query search list history contact deals stale forecast tasks inbox report goal_list "
    "my_code web triage help context "
    "select confirm cancel check template".split()
)
"""Commands a question may run: they look and never write."""

CONFIRM = frozenset(
    "won lost void capture send channel call merge unmerge handover assign release".split()
)
"""Commands that always ask first."""

_FAR = timedelta(days=731)
CASED = frozenset("won lost amount stage close_date assign note".split())


def uncased(sentence: Sentence, slots: Slots) -> bool:
    """A Latin name nobody knows must be written like a name before anything changes."""
    written = str(slots.get("customer", ""))
    if not written.isascii() or not written.islower() or written.startswith(("@", "#")):
        return False
    return marks.NAME not in sentence.marked


def risky(sentence: Sentence, command: str, slots: Slots) -> bool:
    """Whether to ask before acting, as far as the words alone can tell."""
    if command in CONFIRM or slots.get("invalid"):
        return True
    if command == "reply":
        return "customer" in slots
    if command in {"amount", "new_deal", "correct"} and slots.get("amount_ambiguous"):
        return True
    if command == "close_date" and not {"customer", "deal"} & slots.keys():
        return True
    if command in {"task", "snooze", "close_date", "new_deal"}:
        return slots.get("past") is True or _far(sentence, slots)
    return False


def _far(sentence: Sentence, slots: Slots) -> bool:
    moment = slots.get("at")
    if moment is not None and hasattr(moment, "tzinfo"):
        return bool(moment - sentence.context.now > _FAR)
    day = slots.get("close_date") or slots.get("date")
    return bool(day) and day - sentence.context.now.date() > _FAR
