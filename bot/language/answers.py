"""Answers to what is open in a chat, and the single words that are commands by themselves."""

from bot.language import gates, lexicon, numbers, rules_words
from bot.language.extract import Sentence
from bot.language.rules import Slots
from bot.language.understanding import Clause, Understanding
from crm_core import patterns

_SELECT = patterns.later(
    r"(?:第|选|选择|option |no\.? ?)?(\d{1,2}|[一二三四五六七八九十]{1,2})(?:个|条|项|号)?"
)
_MORE = patterns.later(r"(?:更多|下一页|more|next page)")


def answer(sentence: Sentence, start: int, end: int) -> Understanding | None:
    """2, 第二个, 好, 取消: an answer to whatever is open; nothing happens if nothing is."""
    words = sentence.folded.strip(" ,.!~。、;…")
    bare = words.replace(" ", "").replace(",", "")
    if bare in lexicon.NO or words in lexicon.NO:
        return result("cancel", {}, "no")
    if bare in lexicon.YES or words in lexicon.YES:
        return result("confirm", {}, "yes")
    match = _SELECT.fullmatch(words)
    if match and (match.group(1).isdigit() or words != match.group(1) or sentence.context.pending):
        value = numbers.read(match.group(1))
        return result("select", {"index": int(value or 0)}, "number")
    if _MORE.fullmatch(words):
        return result("select", {"more": True}, "more")
    return None


def keyword(sentence: Sentence, start: int, end: int) -> Understanding | None:
    whole = sentence.folded.strip(" .!~。")
    for words in (whole, whole.rstrip("?") or whole, sentence.folded[start:end]):
        known = rules_words.KEYWORDS.get(words)
        if known is not None:
            slots = dict(known[1])
            if slots.pop("day", None) == "today":
                slots["date"] = sentence.context.now.astimezone(sentence.context.tz).date()
            return result(known[0], slots, "keyword")
    return None


def result(
    command: str, slots: Slots, why: str, *, confirm: bool = False, question: bool = False
) -> Understanding:
    if not confirm and command in gates.CONFIRM:
        confirm = True
    clause = Clause(command=command, slots=slots)
    return Understanding(
        command=command,
        slots=dict(slots),
        clauses=(clause,),
        confirm=confirm,
        question=question,
        why=why,
    )
