"""Gates between understanding and doing, as far as the words alone can tell."""

from datetime import date, datetime, timedelta

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
    named = bool({"customer", "deal"} & slots.keys())
    unclear = slots.get("amount_ambiguous") is True
    odd = slots.get("past") is True or _far(sentence, slots)
    return {
        "reply": "customer" in slots,
        "amount": unclear,
        "correct": unclear,
        "new_deal": unclear or odd,
        "close_date": odd or not named,
        "task": odd,
        "snooze": odd,
    }.get(command, False)


def _far(sentence: Sentence, slots: Slots) -> bool:
    """Whether a date lies more than two years ahead."""
    moment = slots.get("at") or slots.get("close_date") or slots.get("date")
    if isinstance(moment, datetime):
        return moment - sentence.context.now > _FAR
    return isinstance(moment, date) and moment - sentence.context.now.date() > _FAR
