"""From a sentence to a command with its slots, or to nothing: never guess dangerously.

The order is that of a careful colleague: pasted talk is content, an open question is answered,
what comes after 记 or 回 is literal, and a question never writes.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.language import (
    answers,
    compound,
    gates,
    guess,
    lexicon,
    marks,
    normalise,
    pasted,
    rules,
    rules_deals,
    rules_look,
    rules_people,
    rules_reports,
    rules_talk,
    rules_tasks,
    rules_words,
)
from bot.language.extract import Sentence
from bot.language.rules import Rule, Slots
from bot.language.understanding import Clause, Context, Understanding
from crm_core import patterns

_LINES = 10
"""Lines of a batch at most."""

_LITERAL = rules_talk.LITERAL
_WRITES: tuple[Iterable[Rule], ...] = (
    rules_tasks.MANAGE,
    rules_people.NEW,
    rules_deals.NEW,
    rules_people.CARE,
    rules_tasks.TASK[:-1],
    rules_deals.WON_LOST,
    rules_deals.STAGE,
    rules_deals.OTHER,
    rules_deals.AMOUNT,
    rules_deals.DATE,
    rules_people.FIELDS,
    rules_tasks.SEND,
    rules_talk.DID,
    rules_tasks.TASK[-1:],
)
_READS: tuple[Iterable[Rule], ...] = (
    rules_reports.REPORTS,
    rules_tasks.MANAGE,
    rules_look.SEARCH,
    rules_look.LISTS,
    rules_look.HISTORY,
    rules_look.QUERY,
)


def understand(text: str, context: Context) -> Understanding:
    """What a message of a rep means. Never raises; not understood is command None and a `why`."""
    raw = _taught(normalise.clean(text), context)
    if not raw:
        return _nothing("empty")
    folded = normalise.fold(raw)
    lines = [line for line in (part.strip() for part in raw.split("\n")) if line]
    capture = _capture(raw, context, len(lines))
    if capture is not None:
        return capture
    if pasted.looks_pasted(folded):
        return _nothing("pasted")
    if len(lines) > 1:
        return _several(lines, raw, context)
    return _one(Sentence(raw=raw, context=context))


def _taught(raw: str, context: Context) -> str:
    """The sentence with words an admin taught put in the bot's own; the longest first."""
    for word in sorted(context.taught, key=len, reverse=True):
        place = normalise.fold(raw).find(normalise.fold(word)) if word else -1
        if place >= 0:
            return raw[:place] + context.taught[word] + raw[place + len(word) :]
    return raw


def _nothing(why: str, question: bool = False, slots: Slots | None = None) -> Understanding:
    return Understanding(command=None, slots=slots or {}, question=question, why=why)


def _capture(raw: str, context: Context, lines: int) -> Understanding | None:
    """记聊天 E and what follows is one command however many lines it has."""
    if not _CAPTURE.match(normalise.fold(raw[:40])):
        return None
    sentence = Sentence(raw=raw, context=context)
    slots = rules.apply(_LITERAL[1], sentence, 0, len(raw))
    if slots is None:
        return None
    return answers.result("capture", slots, "captured record")


_CAPTURE = patterns.later(r"记聊天|记录聊天|存聊天|聊天记录存到|paste ")


def _several(lines: list[str], raw: str, context: Context) -> Understanding:
    """A batch runs only when every line alone is an explicit command."""
    read = [_one(Sentence(raw=line, context=context)) for line in lines[: _LINES + 1]]
    if len(lines) <= _LINES and all(_explicit(one) for one in read):
        return Understanding(
            command=None,
            confirm=any(one.confirm for one in read),
            why="batch",
            lines=tuple(read),
        )
    if any(one.command and one.command not in gates.READS for one in read):
        return _nothing("mixed lines")
    return _nothing("several lines")


def _explicit(one: Understanding) -> bool:
    return bool(one.command) and one.why != "guess" and one.command not in _ANSWERS


_ANSWERS = frozenset({"select", "confirm", "cancel"})


def _one(sentence: Sentence) -> Understanding:
    start, end = _trimmed(sentence.folded)
    words = sentence.folded[start:end]
    question = bool(lexicon.QUESTION.search(sentence.head))
    for step in (answers.answer, answers.keyword, _undo):
        found = step(sentence, start, end)
        if found is not None:
            return replace(found, question=question and found.command not in {"undo", "correct"})
    if not words:
        return _nothing("empty", question)
    literal = _literal(sentence, start)
    if literal is not None and not _asks_history(literal, words):
        return _checked(sentence, literal[0].command, literal[1], "literal")
    if end > normalise.LIMIT:
        return _nothing("too long", question)
    return _plain(sentence, start, end, question)


def _plain(sentence: Sentence, start: int, end: int, question: bool) -> Understanding:
    found = _settings(sentence, start, end)
    if found is not None:
        return replace(found, question=question)
    if question and not _orders(sentence.folded[start:end]):
        return _asked(sentence, start, end)
    return _told(sentence, start, end)


def _literal(sentence: Sentence, start: int) -> tuple[Rule, Slots] | None:
    for rule in _LITERAL:
        slots = rules.apply(rule, sentence, start, len(sentence.folded))
        if slots is not None:
            return rule, slots
    return None


_HISTORY_TAIL = patterns.later(r"跟进(?:记录|历史|情况|进度)|到哪|没跟进|记录里")


def _asks_history(literal: tuple[Rule, Slots], words: str) -> bool:
    return literal[0].command == "note" and bool(_HISTORY_TAIL.match(words))


def _trimmed(folded: str) -> tuple[int, int]:
    """The sentence without polite words and closing marks, as places in it."""
    start, end = 0, len(folded)
    for _ in range(4):
        while start < end and folded[start] in " ,.!~。、;:…":
            start += 1
        match = lexicon.FILLERS_BEFORE.match(folded, start)
        if not match or match.end() >= end:
            break
        start = match.end()
    for _ in range(4):
        while end > start and folded[end - 1] in " ,.!~。、;…":
            end -= 1
        match = lexicon.FILLERS_AFTER.search(folded, max(start, end - 16), end)
        if not match or match.start() <= start or match.end() < end:
            break
        end = match.start()
    while end > start and folded[end - 1] in " ,.!~。、;…":
        end -= 1
    return (start, end) if start < end else (0, len(folded.rstrip(" ,.!~。、;…")))


def _undo(sentence: Sentence, start: int, end: int) -> Understanding | None:
    found = _first(rules_words.UNDO, sentence, start, end)
    return _checked(sentence, found[0].command, found[1], "undo") if found else None


def _settings(sentence: Sentence, start: int, end: int) -> Understanding | None:
    found = _first(rules_words.SETTINGS, sentence, start, end)
    return answers.result(found[0].command, found[1], "settings") if found else None


_ORDER = patterns.later(r"(?:提醒|叫我|记得|remind|todo|让|新客户|新商机)")
_END_ASK = patterns.later(r"(?:\?|吗|呢|么)[ .!~。]{0,3}$")


def _orders(words: str) -> bool:
    """提醒我问华美什么时候付款 orders, though it holds a question."""
    return bool(_ORDER.match(words)) and not _END_ASK.search(words)


def _asked(sentence: Sentence, start: int, end: int) -> Understanding:
    """A question: only commands that look."""
    bare = end
    while bare > start and sentence.folded[bare - 1] in "?吗呢么啊呀 ":
        bare -= 1
    for stop in dict.fromkeys((end, bare)):
        for table in _READS:
            found = _first(table, sentence, start, stop)
            if found and found[0].command in gates.READS:
                return _checked(sentence, found[0].command, found[1], "question", question=True)
    named = _named_alone(sentence, start, bare)
    if named is not None:
        return answers.result("query", named, "question", question=True)
    return _nothing("question", question=True)


def _named_alone(sentence: Sentence, start: int, end: int) -> Slots | None:
    """A question that names a customer of the book is a look at that customer."""
    place = sentence.marked.find(marks.NAME, start, end)
    if place < 0:
        return None
    stop = guess.leading(sentence.marked, place)
    named = guess.name(sentence.marked, place, stop)
    slots: Slots = {}
    if named is None:
        return None
    rules.put_customer(sentence, named, slots)
    return slots


def _told(sentence: Sentence, start: int, end: int) -> Understanding:
    joined = compound.clauses(sentence, start, end)
    if joined:
        return _compound(sentence, joined)
    for table in _WRITES:
        found = _first(table, sentence, start, end)
        if found:
            why = "rule" if found[0].sure else "guess"
            return _checked(sentence, found[0].command, found[1], why)
    for table in _READS:
        found = _first(table, sentence, start, end)
        if found:
            return _checked(sentence, found[0].command, found[1], "rule")
    return _leftover(sentence, start, end)


def _first(
    table: Iterable[Rule], sentence: Sentence, start: int, end: int
) -> tuple[Rule, Slots] | None:
    for rule in table:
        slots = rules.apply(rule, sentence, start, end)
        if slots is not None and not (
            rule.command in gates.CASED and gates.uncased(sentence, slots)
        ):
            return rule, slots
    return None


def _leftover(sentence: Sentence, start: int, end: int) -> Understanding:
    """What the parts alone suggest: a name is a look, a name and an amount a change to confirm."""
    bare = rules.apply(rules_look.BARE, sentence, start, end)
    text = sentence.folded[start:end]
    known = marks.NAME in sentence.marked[start:end] or marks.CUSTOMER in sentence.marked[start:end]
    if bare and (known or _likely_name(text, bare)):
        return answers.result("query", bare, "name")
    if known:
        slots = _named_alone(sentence, start, end) or {}
        strong = [span for span in sentence.amounts if start <= span.start < end]
        rest = re.sub(f"[{marks.ALL} ,.的了]", "", sentence.marked[start:end])
        if strong and not rest:
            rules.put_amount(strong[0].amount, slots)
            return answers.result("amount", slots, "guess", confirm=True)
    return _nothing("not understood", slots=_found(sentence))


def _likely_name(text: str, slots: Slots) -> bool:
    if text.isascii():
        return bool(
            re.fullmatch(r"[a-z][a-z&.'-]{1,24}(?: [a-z][a-z&.'-]{1,24}){0,2}", text)
        ) and _cased(slots)
    return guess.business_like(text) or (len(text) <= 4 and guess.person_like(text))


def _cased(slots: Slots) -> bool:
    return str(slots.get("customer", ""))[:1].isupper()


def _found(sentence: Sentence) -> Slots:
    """What a sentence held although no command was recognised, to build a numbered list from."""
    slots = _named_alone(sentence, 0, len(sentence.marked)) or {}
    for span in sentence.amounts[:1]:
        rules.put_amount(span.amount, slots)
    for date_span in sentence.dates[:1]:
        rules.put_moment(date_span.moment, slots, "at")
    return slots


def _compound(sentence: Sentence, joined: list[Clause]) -> Understanding:
    slots: dict[str, Any] = {}
    for clause in joined:
        for name, value in clause.slots.items():
            slots.setdefault(name, value)
    parts = tuple(joined)
    command = parts[0].command
    risky = any(gates.risky(sentence, part.command, dict(part.slots)) for part in parts)
    return Understanding(command=command, slots=slots, clauses=parts, confirm=risky, why="compound")


def _checked(
    sentence: Sentence, command: str, slots: Slots, why: str, question: bool = False
) -> Understanding:
    unknown = why == "guess" and marks.NAME not in sentence.marked
    confirm = gates.risky(sentence, command, slots) or (unknown and command not in gates.READS)
    return answers.result(command, slots, why, confirm=confirm, question=question)
