"""Finding the record a rep means: by number, by name, or by what was just talked about.

A write on a name that only sounds right is doubted first; several that fit are asked about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot import command, wording
from crm_core import customers, deals, errors, people, pipelines, tasks

CURRENT = "@current"
"""How the language writes 他, this deal, 该客户."""
DEAL_SLOTS = {
    "amount": "amount",
    "currency": "currency",
    "date": "close_date",
    "close_date": "close_date",
    "stage": "stage",
}
"""What was said of a deal that does not exist yet, and the slots of a new one."""
OPEN_STAGES = tuple(key for key, *_, outcome in pipelines.DEFAULT_STAGES if outcome == "open")
CANDIDATES = 7
RECENT = 5
_NUMBER = re.compile(r"#?(\d{1,9})")
_TITLE = re.compile(
    r"(.{1,2}?)(?:总经理|经理|总监|总|工程师|工|老师|主任|主管|董|姐|哥|小姐|女士|先生|老板)$"
)


def customer(turn: command.Turn, written: str) -> customers.Customer:
    """The customer written as #12 or by a name; without words the one just talked about."""
    if written in ("", CURRENT):
        return turn.customer or in_context(turn) or _ask_which(turn)
    number = _NUMBER.fullmatch(written)
    if number:
        return _numbered(turn, int(number.group(1)))
    found = _named(turn, written)
    if not found:
        raise _offer_new(turn, written)
    exact = [each for each, is_exact in found if is_exact]
    chosen = _ahead(turn, exact or [each for each, _ in found], written)
    if chosen is None:
        raise _which(turn, written, [each for each, _ in found])
    if chosen not in exact:
        _doubt_name(turn, written, chosen)
    return chosen


def _numbered(turn: command.Turn, number: int) -> customers.Customer:
    found = customers.get(turn.session, turn.rep, number)
    if found.id != number:
        turn.hint(turn.say("#{old} was merged into {name} #{id}", old=number, **_shown(found)))
    return found


def is_known(turn: command.Turn, written: str) -> bool:
    """Whether the words may name a customer at all; for commands that do without one."""
    if written == CURRENT:
        return turn.customer is not None or in_context(turn) is not None
    if _NUMBER.fullmatch(written) or not written:
        return bool(written)
    # Kept for whoever asks next, which is the command that is about to run.
    turn.looked_up = (written, _named(turn, written))
    return bool(turn.looked_up[1])


def _named(turn: command.Turn, written: str) -> Sequence[tuple[customers.Customer, bool]]:
    (known, found), turn.looked_up = turn.looked_up, ("", ())
    if found and known == written:
        return found
    found = customers.by_name(turn.session, turn.rep, written, CANDIDATES)
    title = _TITLE.match(written)
    if not found and title:
        found = customers.by_surname(turn.session, turn.rep, title.group(1)[-1:], CANDIDATES)
    return found


def _ahead(
    turn: command.Turn, found: Sequence[customers.Customer], written: str
) -> customers.Customer | None:
    """The one that is clearly meant: alone in the nearest scope, or just talked about."""
    if len(found) == 1:
        return found[0]
    same = [each for each in found if each.name == written]
    for near in (same, [each for each in found if each.owner_id == turn.rep.id], found):
        if len(near) == 1:
            return near[0]
        if near:
            current = turn.customer or in_context(turn)
            return current if current in near else None
    return None


def in_context(turn: command.Turn) -> customers.Customer | None:
    """The customer this chat was about within the last half hour, if still visible."""
    if turn.chat.customer_id is None:
        return None
    try:
        return customers.get(turn.session, turn.rep, turn.chat.customer_id)
    except errors.NotFound:
        return None


def _doubt_name(turn: command.Turn, written: str, chosen: customers.Customer) -> None:
    _ = turn.say
    if turn.writes:
        turn.doubt(_("By “{written}” you mean {name} #{id}.", written=written, **_shown(chosen)))
    else:
        turn.hint(_("I took “{written}” for {name}.", written=written, name=chosen.name))


def _shown(customer: customers.Customer) -> dict[str, Any]:
    return {"name": customer.name, "id": customer.id}


def _offer_new(turn: command.Turn, written: str) -> command.Ask:
    _ = turn.say
    slots = {"name": written}
    option = command.Option(
        label=_("New customer “{name}”", name=written), clauses=(("new_customer", slots),)
    )
    return command.Ask(
        _("I know no customer “{name}” (among yours and in the pool).", name=written), [option]
    )


def _which(turn: command.Turn, written: str, found: Sequence[customers.Customer]) -> command.Ask:
    prompt = turn.say("Which “{written}”?", written=written)
    return command.Ask(prompt, _options(turn, found))


def _ask_which(turn: command.Turn) -> customers.Customer:
    recent = customers.listed(
        turn.session, turn.rep, customers.Customer.owner_id == turn.rep.id, limit=RECENT
    )
    raise command.Ask(
        turn.say("Which customer? Send the name."), _options(turn, recent), free="customer"
    )


def _options(turn: command.Turn, found: Sequence[customers.Customer]) -> Sequence[command.Option]:
    return [
        command.Option(
            label=f"{each.name} #{each.id}{_owned(turn, each)}", patch={"customer": f"#{each.id}"}
        )
        for each in found
    ]


def _owned(turn: command.Turn, customer: customers.Customer) -> str:
    mark = whose(turn, customer)
    return f" ({mark})" if customer.owner_id != turn.rep.id else ""


def whose(turn: command.Turn, customer: customers.Customer) -> str:
    """Whose customer it is, in the rep's words: mine, pool, or the owner's name."""
    _ = turn.say
    if customer.owner_id is None:
        return _("pool")
    if customer.owner_id == turn.rep.id:
        return _("yours")
    return colleague(turn, customer.owner_id)


def colleague(turn: command.Turn, rep_id: int | None) -> str:
    """A colleague's name."""
    rep = turn.session.get(people.Rep, rep_id or 0)
    return rep.name if rep else turn.say("somebody")


def deal(turn: command.Turn, customer: customers.Customer, slots: Mapping[str, Any]) -> deals.Deal:
    """The customer's open deal; asked about when there are several, offered when there is none."""
    if turn.deal is not None and turn.deal.customer_id == customer.id:
        return turn.deal
    found = deals.open_of(turn.session, customer.id)
    title = str(slots.get("title") or "").strip()
    named = [each for each in found if title and title in each.title]
    if len(named or found) == 1:
        return (named or found)[0]
    if not found:
        raise _offer_deal(turn, customer, slots)
    current = [each for each in found if each.id == turn.chat.deal_id]
    if current:
        return current[0]
    _ = turn.say
    options = [
        command.Option(label=deal_label(turn, each), patch={"deal": each.id})
        for each in found[:CANDIDATES]
    ]
    raise command.Ask(_("{name} has several deals. Which?", name=customer.name), options)


def deal_label(turn: command.Turn, deal: deals.Deal) -> str:
    """One deal in one line of a list: D45 title · amount."""
    amount = ""
    if deal.amount is not None:
        amount = f" · {wording.money(deal.amount, deal.currency, turn.language)}"
    return f"D{deal.id} {deal.title}{amount}"


def _offer_deal(
    turn: command.Turn, customer: customers.Customer, slots: Mapping[str, Any]
) -> Exception:
    """No open deal: offer one with what was said, where something was said that a deal can hold."""
    _ = turn.say
    kept = {
        theirs: slots[mine] for mine, theirs in DEAL_SLOTS.items() if slots.get(mine) is not None
    }
    if kept.get("stage") not in (None, *OPEN_STAGES):
        del kept["stage"]
    if not kept.keys() - {"currency"}:
        return errors.Refusal("deal.none-open", name=customer.name)
    slots = {"customer": f"#{customer.id}", **kept}
    option = command.Option(label=_("Open a new deal"), clauses=(("new_deal", slots),))
    return command.Ask(_("{name} has no open deal.", name=customer.name), [option])


def task(turn: command.Turn, slots: Mapping[str, Any]) -> tasks.Task:
    """The task by number (T7), by its place in the list shown last, or by words of its text."""
    number, index = slots.get("task"), slots.get("index")
    if isinstance(number, int):
        return tasks.get(turn.session, turn.rep, number)
    if isinstance(index, int):
        return _listed_task(turn, index)
    mine = tasks.open_for(turn.session, turn.rep.id)
    wanted = str(slots.get("text") or "").strip()
    fitting = [each for each in mine if wanted and _fits(turn, each, wanted)]
    if len(fitting) == 1:
        return fitting[0]
    _ = turn.say
    if not mine:
        raise errors.Refusal("task.none")
    options = [
        command.Option(label=task_label(turn, each), patch={"task": each.id, "index": None})
        for each in (fitting or mine)[:RECENT]
    ]
    raise command.Ask(_("Which task?"), options)


def _fits(turn: command.Turn, task: tasks.Task, wanted: str) -> bool:
    if wanted.casefold() in task.text.casefold():
        return True
    owner = turn.session.get(customers.Customer, task.customer_id or 0)
    return owner is not None and owner.name.startswith(wanted)


def _listed_task(turn: command.Turn, index: int) -> tasks.Task:
    refs = turn.chat.listed
    if not refs or not str(refs[0]).startswith("T"):
        refs = [f"T{each.id}" for each in tasks.open_for(turn.session, turn.rep.id)]
    if not 1 <= index <= len(refs):
        raise errors.Refusal("list.no-such-number", index=index, count=len(refs))
    return tasks.get(turn.session, turn.rep, int(str(refs[index - 1])[1:]))


def task_label(turn: command.Turn, task: tasks.Task) -> str:
    """One task in one line of a list: when · text (customer) T7."""
    when = wording.brief(task.due_at, turn.now, turn.zone, turn.language)
    owner = turn.session.get(customers.Customer, task.customer_id or 0)
    about = f" ({owner.name})" if owner and owner.name not in task.text else ""
    return f"{when} {task.text}{about} T{task.id}"
