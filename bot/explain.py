"""`crm explain`: what the bot makes of a sentence, as JSON lines, without a database.

Every input gives exactly one line in order; a line that cannot be read says so in `why`.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click

from bot.language import amounts, dates, router
from bot.language.moments import Moment
from bot.language.names import NameBook
from bot.language.understanding import Context, Understanding
from crm_core import clock

_HALF = re.compile("[\ud800-\udfff]")
_DAWN, _DUSK = 1600, 9000
"""Years in which `now` may lie: the calendar must have room on both sides."""
COMMAND, DATE, AMOUNT = "command", "date", "amount"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One input: its id (as given), the text, the moment it was sent, or why it is unreadable.

    A moment without an offset is meant in the zone asked for.
    """

    id: Any = None
    text: str = ""
    now: datetime | None = None
    fault: str = ""


def run(
    texts: Iterable[Asked], what: str, now: datetime, tz: tzinfo, book: NameBook | None = None
) -> Iterator[dict[str, Any]]:
    """One JSON object for each input in order; never raises. `now` is aware."""
    for asked in texts:
        yield {"id": asked.id, **_explained(asked, what, now, tz, book)}


def _explained(
    asked: Asked, what: str, now: datetime, tz: tzinfo, book: NameBook | None
) -> dict[str, Any]:
    moment = asked.now or now
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=tz)
    fault = asked.fault or ("" if _DAWN < moment.year < _DUSK else "now is out of range")
    if fault:
        return {**_faulty(what), "why": fault}
    if what == DATE:
        return _date(dates.read(asked.text, moment, tz))
    if what == AMOUNT:
        return _amount(amounts.read(asked.text))
    context = Context(now=moment, tz=tz, book=book or ())
    understood = router.understand(asked.text, context)
    return _command(understood, book)


def _faulty(what: str) -> dict[str, Any]:
    empty = {DATE: _date(None), AMOUNT: _amount(None)}
    return empty.get(what) or _command(Understanding(command=None))


def _command(understood: Understanding, book: NameBook | None = None) -> dict[str, Any]:
    slots = {name: _plain(value) for name, value in understood.slots.items()}
    if book is not None:
        slots |= _matched(understood.slots.get("customer"), book)
    return {
        "command": understood.command,
        "slots": slots,
        "confirm": understood.confirm,
        "question": understood.question,
        "why": understood.why,
    }


def _matched(written: Any, book: NameBook) -> dict[str, Any]:
    """Who in the book is meant: its line when picked alone, the kind of match, candidates."""
    if not isinstance(written, str) or written.startswith(("@", "#")):
        return {"customer_id": None, "match": "none", "candidates": []}
    found = book.match(written)
    return {
        "customer_id": found.line,
        "match": found.kind,
        "candidates": list(found.candidates),
    }


def _date(moment: Moment | None) -> dict[str, Any]:
    """A day without a time prints as YYYY-MM-DD; the end of a day range is exclusive."""
    known = moment or Moment(start=None)
    return {
        "start": _stamp(known.start, known.has_time),
        "end": _stamp(known.end, known.has_time),
        "approx": known.approx,
        "ambiguous": known.ambiguous,
        "deadline": known.deadline,
        "time_defaulted": known.time_defaulted,
        "repeat": known.repeat,
    }


def _stamp(moment: datetime | None, has_time: bool) -> str | None:
    if moment is None:
        return None
    return moment.isoformat() if has_time else moment.date().isoformat()


def _amount(amount: amounts.Amount | None) -> dict[str, Any]:
    known = amount or amounts.Amount()
    return {
        "value": _plain(known.value),
        "low": _plain(known.low),
        "high": _plain(known.high),
        "currency": known.currency,
        "approx": known.approx,
        "delta": _plain(known.delta),
        "factor": _plain(known.factor),
        "ambiguous": known.ambiguous,
    }


def _plain(value: Any) -> Any:
    """A slot as JSON: numbers as numbers, dates and moments as ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def read_jsonl(stream: Iterable[str]) -> Iterator[Asked]:
    """Inputs from JSON lines {"id","text","now"?}, one a line; what cannot be read has a fault."""
    return map(_asked, stream)


def _asked(line: str) -> Asked:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return Asked(fault="not JSON")
    if not isinstance(item, dict):
        return Asked(fault="not a JSON object")
    name, text, now = (item.get(key) for key in ("id", "text", "now"))
    if not isinstance(text, str):
        return Asked(id=name, fault="no text")
    try:
        sent = None if now is None else datetime.fromisoformat(str(now).strip())
    except ValueError:
        return Asked(id=name, text=text, fault="now is not an ISO 8601 time")
    return Asked(id=name, text=text, now=sent)


def moment_of(text: str, tz: tzinfo) -> datetime:
    """An ISO 8601 time; one without an offset is in `tz`. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=tz)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise click.BadParameter(f"unknown time zone {name!r}", param_hint="--tz") from error


def _now(text: str | None, tz: tzinfo) -> datetime:
    if text is None:
        return clock.now()
    try:
        return moment_of(text, tz)
    except ValueError as error:
        hint = "--now"
        raise click.BadParameter(f"{text!r} is not an ISO 8601 time", param_hint=hint) from error


def _book(path: str | None) -> NameBook | None:
    """Names of a file, one a line; a blank line keeps its number so ids stay line numbers."""
    if path is None:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter("the book is not UTF-8 text", param_hint="--book") from error
    return NameBook(line.strip() for line in text.splitlines())


def _print(lines: Iterable[dict[str, Any]], out: TextIO) -> None:
    out.writelines(_written(line) + "\n" for line in lines)


def _written(line: dict[str, Any]) -> str:
    """JSON in plain characters; half a pair cannot be written as UTF-8, only as an escape."""
    text = json.dumps(line, ensure_ascii=False)
    return json.dumps(line) if _HALF.search(text) else text


@click.command("explain")
@click.argument("text", required=False)
@click.option("--now", "now_text", metavar="ISO", help="When the message was sent (default: now).")
@click.option("--tz", "tz_name", metavar="NAME", default="Asia/Shanghai", show_default=True)
@click.option("--what", type=click.Choice([COMMAND, DATE, AMOUNT]), default=COMMAND)
@click.option("--book", "book_path", type=click.Path(exists=True, dir_okay=False))
@click.option("--jsonl", is_flag=True, help='Read {"id","text","now"?} lines from standard input.')
def command(  # noqa: PLR0917 - click passes its options by name
    text: str | None,
    now_text: str | None,
    tz_name: str,
    what: str,
    book_path: str | None,
    jsonl: bool,
) -> None:
    """Print what the bot makes of a sentence, as one JSON object a line."""
    tz = _zone(tz_name)
    now, book = _now(now_text, tz), _book(book_path)
    if jsonl:
        lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        _print(run(read_jsonl(lines), what, now, tz, book), sys.stdout)
        return
    if text is None:
        raise click.UsageError("give a TEXT or --jsonl")
    _print(run([Asked(text=text)], what, now, tz, book), sys.stdout)
