"""A book of names in memory: what it says of a name as written, and where a sentence names one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.language import normalise
from crm_core import names as keys
from crm_core import patterns

LIST = 7
"""Candidates shown to a person at most."""


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A name of the book at text[start:end]."""

    start: int
    end: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class Match:
    """What the book says of a written name: `exact`, `inexact` or `none`.

    `line` is the 1-based place in the book when one name is clearly meant, and `candidates` are
    names best first (at most seven).
    """

    kind: str
    line: int | None = None
    candidates: tuple[str, ...] = ()


@dataclass
class _Tables:
    """Places in the book by key value, one table a kind."""

    norm: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    pinyin: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    initials: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    soft: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


class NameBook:
    """Customer names with their keys; built once, asked often. Pinyin is read on first need."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._spelled: dict[str, list[int]] = defaultdict(list)
        self._by_head: dict[str, list[str]] = defaultdict(list)
        self._sounds: _Tables | None = None
        for place, name in enumerate(self.names):
            for spelling in keys.variants(name):
                self._spelled[spelling].append(place)
        for spelling in self._spelled:
            if len(spelling) >= 2:
                self._by_head[spelling[:2]].append(spelling)
        for spellings in self._by_head.values():
            spellings.sort(key=len, reverse=True)

    def mentions(self, folded: str) -> list[Mention]:
        """Where folded text holds a name or its core, left to right, longest first.

        A core that goes on as another firm's full name is no mention of the one in the book.
        """
        found: list[Mention] = []
        place = 0
        while place < len(folded) - 1:
            spelling = self._at(folded, place)
            if spelling is None:
                place += 1
                continue
            end = place + len(spelling)
            longer = _GOES_ON.match(folded, end)
            if longer is None:
                found.append(Mention(start=place, end=end, exact=True))
            place = longer.end() if longer else end
        return found

    def _at(self, folded: str, place: int) -> str | None:
        for spelling in self._by_head.get(folded[place : place + 2], ()):
            if folded.startswith(spelling, place) and not _inside_word(
                folded, place, len(spelling)
            ):
                return spelling
        return None

    def match(self, written: str) -> Match:
        """Who is meant by a name as written, by spelling, sound, initials or one typo."""
        text = normalise.fold(normalise.clean(written))
        if not text or not self.names:
            return Match(kind="none")
        exact = self._ranked(self._exact(text))
        if exact:
            alone = exact[0] if len(exact) == 1 or self._whole(text, exact) else None
            return self._answer("exact", exact, alone)
        near = self._near(text)
        if near:
            return self._answer("inexact", near, near[0] if len(near) == 1 else None)
        return Match(kind="none")

    def _answer(self, kind: str, places: Sequence[int], alone: int | None) -> Match:
        names = tuple(self.names[place] for place in places[:LIST])
        return Match(kind=kind, line=None if alone is None else alone + 1, candidates=names)

    def _ranked(self, places: Iterable[int]) -> list[int]:
        return list(dict.fromkeys(places))

    def _whole(self, text: str, places: Sequence[int]) -> bool:
        return normalise.fold(self.names[places[0]]) == text

    def _exact(self, text: str) -> list[int]:
        """Names written whole or shortened; 康腾电子 is not 康腾服饰 though their cores agree."""
        places: list[int] = []
        for spelling in (keys.whole(text), keys.without_form(text)):
            places += self._spelled.get(spelling, [])
        whole = [place for place in places if normalise.fold(self.names[place]) == text]
        return whole + places

    def _near(self, text: str) -> list[int]:
        scores: dict[int, float] = {}
        for spelling in keys.variants(text):
            for place in self._spelled.get(spelling, []):
                scores[place] = max(scores.get(place, 0), 55)
        for score, places in self._heard(text):
            for place in places:
                scores[place] = max(scores.get(place, 0), score)
        for place, score in self._typos(text):
            scores[place] = max(scores.get(place, 0), score)
        if len(scores) < LIST:
            for place, score in self._parts(text):
                scores[place] = max(scores.get(place, 0), score)
        return sorted(scores, key=lambda place: (-scores[place], place))[:50]

    def _heard(self, text: str) -> Iterable[tuple[float, list[int]]]:
        sounds = self._tables()
        for key in keys.keys(text):
            if key.kind == keys.PINYIN:
                yield 95, sounds.pinyin.get(key.value, [])
                yield 75, sounds.initials.get(key.value, [])
            elif key.kind == keys.SOFT:
                yield 85, sounds.soft.get(key.value, [])

    def _tables(self) -> _Tables:
        if self._sounds is None:
            tables = _Tables()
            for place, name in enumerate(self.names):
                for key in keys.keys(name):
                    places = getattr(tables, key.kind)[key.value]
                    if place not in places:
                        places.append(place)
            self._sounds = tables
        return self._sounds

    def _typos(self, text: str) -> Iterable[tuple[int, float]]:
        """Names one character away, by spelling and, for longer ones, by pinyin."""
        from rapidfuzz import process  # noqa: PLC0415 - kept out of the start
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        def near(value: str, table: dict[str, list[int]]) -> Iterable[str]:
            found = process.extract(
                value, table.keys(), scorer=OSA.distance, score_cutoff=1, limit=30
            )
            return [spelling for spelling, distance, _ in found if distance]

        for spelled in keys.variants(text):
            for spelling in near(spelled, self._spelled) if len(spelled) > 1 else ():
                same = sum(a == b for a, b in zip(spelling, spelled, strict=False))
                score = 60 + 10 * len(spelling) / (len(spelling) + 2) + same / 10
                yield from ((place, score) for place in self._spelled[spelling])
        sounds = self._tables().pinyin
        for key in keys.keys(text):
            long = key.kind == keys.PINYIN and len(key.value) >= 4
            for value in near(key.value, sounds) if long else ():
                yield from ((place, 65.0) for place in sounds[value])

    def _parts(self, text: str) -> Iterable[tuple[int, float]]:
        """Names that hold what was written; a single character is too little."""
        core = keys.normalise_name(text)
        if len(core) < 2:
            return
        for spelling, places in self._spelled.items():
            if core in spelling:
                for place in places:
                    yield place, 70 + 10 * len(core) / len(spelling)


_LATIN = patterns.later(r"[a-z0-9]")
_TRADE = "|".join(sorted(keys.INDUSTRIES, key=len, reverse=True))
_GOES_ON = patterns.later(
    rf"[一-鿿]{{0,2}}(?:{_TRADE}){{0,3}}(?:股份|集团|控股){{0,2}}有限(?:责任)?公司"
)


def _inside_word(folded: str, start: int, size: int) -> bool:
    """A Latin name must not be a piece of a longer word."""
    if not folded[start : start + size].isascii():
        return False
    before, after = folded[start - 1 : start], folded[start + size : start + size + 1]
    return bool(_LATIN.match(before) or _LATIN.match(after))


def book_of(names: "Sequence[str] | NameBook") -> NameBook:
    """The book itself, or one made of plain names."""
    return names if isinstance(names, NameBook) else NameBook(names)
