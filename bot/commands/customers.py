"""Commands about customers: a new one, its fields and names, taking one from the pool, lists."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot import command, finding, lookalikes, replies, wording
from bot.phrases import N_
from crm_core import activities, addresses, customers, errors, names

commands = command.Commands("customers")
PAGE = 4
FIELD_LIMIT = 80
DAY_END = dt.timedelta(days=1)
FIELDS = {"industry": N_("industry"), "source": N_("source"), "level": N_("level")}
ADDRESSES = {"phone": N_("phone"), "email": N_("e-mail")}


@commands.command(
    "new_customer",
    names=(("新客户", "加客户", "建档"), ("new customer", "add contact")),
    examples=("新客户 云帆贸易 陈经理 13800001111", "new customer Sunrise +14155550123"),
    summary=N_("Add a customer"),
    risk=command.Risk.WRITE,
)
def new_customer(
    turn: command.Turn,
    name: str,
    *,
    contact: str = "",
    phone: str = "",
    email: str = "",
    source: str = "",
    note: str = "",
) -> command.Done:
    """Add a customer of the rep's own, with a contact when one is named or can be reached."""
    _ = turn.say
    _doubt_same_name(turn, name)
    customer = customers.create(
        turn.session, name, now=turn.now, owner_id=turn.rep.id, source=source[:FIELD_LIMIT]
    )
    facts = [_("new customer #{id}", id=customer.id)]
    if contact or phone or email:
        person = customers.add_contact(turn.session, customer, contact or name, now=turn.now)
        facts += [contact] if contact else []
        for kind, value in (("phone", phone), ("email", email)):
            if value:
                address = addresses.add(
                    turn.session, kind, value, now=turn.now, contact_id=person.id
                )
                facts.append(replies.phone(address.value) if kind == "phone" else address.value)
    if note:
        activities.log(turn.session, customer, note, now=turn.now, rep_id=turn.rep.id)
        facts.append(_("note: {text}", text=note))
    offer = lookalikes.offer(turn, customer)
    return command.Done(customer=customer, facts=tuple(facts), offer=offer)


def _doubt_same_name(turn: command.Turn, name: str) -> None:
    """A second customer of one name is rarely meant; whose the first is may be told (查重)."""
    wanted = names.normalise_name(name)
    same = turn.session.scalar(
        sa.select(customers.Customer)
        .join(customers.NameKey, customers.NameKey.customer_id == customers.Customer.id)
        .where(customers.NameKey.kind == "norm", customers.NameKey.value == wanted)
        .where(customers.NameKey.contact_id.is_(None))
        .limit(1)
    )
    if same is not None:
        whose = finding.whose(turn, same)
        turn.doubt(turn.say("There is a {name} already ({whose}).", name=same.name, whose=whose))


@commands.command(
    "claim",
    names=(("认领", "我来跟"), ("claim",)),
    examples=("认领 东方印务", "claim 东方印务"),
    summary=N_("Take a customer from the pool"),
    risk=command.Risk.WRITE,
)
def claim(turn: command.Turn, customer: str = "") -> command.Done:
    """Take an ownerless customer; the first of many claimants gets it, the others see who did."""
    found = _claimable(turn, customer)
    if found.owner_id == turn.rep.id:
        return command.Done(customer=found, facts=(turn.say("is yours already"),))
    customers.claim(turn.session, turn.rep, found, turn.now)
    return command.Done(customer=found, facts=(turn.say("is yours now"), f"#{found.id}"))


def _claimable(turn: command.Turn, written: str) -> customers.Customer:
    """As any customer, but whoever was told of one in the pool is told who was quicker."""
    number = written.removeprefix("#")
    if number.isdecimal():
        taken = customers.lately_in_pool(turn.session, int(number), turn.now)
        if taken is not None:
            return taken
    return finding.customer(turn, written)


@commands.command(
    "field",
    names=(("改电话", "改邮箱", "改行业"), ("set",)),
    examples=("华星科技的行业改成物流", "set 华星科技 industry logistics"),
    summary=N_("Change a field of a customer"),
    risk=command.Risk.WRITE,
)
def field(
    turn: command.Turn, customer: customers.Customer, field: str, value: str
) -> command.Result:
    """Change the name, industry, source or level, or add a phone number or e-mail address."""
    _ = turn.say
    if field == "name":
        old = customer.name
        customers.rename(turn.session, customer, value, turn.now)
        return command.Done(customer=customer, facts=(f"{old}→{customer.name}",))
    if field in ADDRESSES:
        person = _main_contact(turn, customer)
        address = addresses.add(turn.session, field, value, now=turn.now, contact_id=person.id)
        turn.session.expire(customer, ["contacts"])
        return command.Done(
            customer=customer,
            facts=(f"{_(ADDRESSES[field])} {address.value}",),
            offer=lookalikes.offer(turn, customer),
        )
    if field not in FIELDS:
        raise errors.Refusal("field.unknown", field=field)
    if len(value) > FIELD_LIMIT:
        raise errors.Refusal("field.too-long", limit=FIELD_LIMIT)
    old = getattr(customer, field) or "–"
    setattr(customer, field, value.strip())
    customers.touch(customer, turn.now)
    return command.Done(customer=customer, facts=(f"{_(FIELDS[field])} {old}→{value.strip()}",))


def _main_contact(turn: command.Turn, customer: customers.Customer) -> customers.Contact:
    known = customer.contacts
    if known:
        return known[0]
    return customers.add_contact(turn.session, customer, customer.name, now=turn.now)


@commands.command(
    "tag",
    names=(("标签", "打标签"), ("tag",)),
    examples=("华星科技 标签 +VIP", "tag 华星科技 +VIP"),
    summary=N_("Tag a customer"),
    risk=command.Risk.WRITE,
)
def tag(
    turn: command.Turn,
    customer: customers.Customer,
    add: list[str] | None = None,
    remove: list[str] | None = None,
) -> command.Done:
    """Add and remove tags."""
    if not add and not remove:
        raise errors.Refusal("tag.none")
    kept = [each for each in customer.tags if each not in (remove or [])]
    customer.tags = [*kept, *(each for each in add or [] if each not in kept)]
    customers.touch(customer, turn.now)
    return command.Done(
        customer=customer, facts=(turn.say("tags: {tags}", tags=" ".join(customer.tags) or "–"),)
    )


@commands.command(
    "alias",
    names=(("又叫", "别名"), ("alias",)),
    examples=("华星科技 又叫 老马厂", "alias 华星科技 Huaxing"),
    summary=N_("Give a customer another name to find it by"),
    risk=command.Risk.WRITE,
)
def alias(turn: command.Turn, customer: customers.Customer, alias: str) -> command.Done:
    """Let the customer be found under another name too."""
    customers.add_alias(turn.session, customer, alias)
    return command.Done(customer=customer, facts=(turn.say("also called {alias}", alias=alias),))


@commands.command(
    "list",
    names=(("客户", "我的客户"), ("customers",)),
    examples=("我的客户", "customers"),
    summary=N_("Your customers"),
)
def list_customers(
    turn: command.Turn,
    *,
    scope: str = "",
    text: str = "",
    stale_days: int | None = None,
    page: int = 1,
    from_: dt.date | None = None,
    to: dt.date | None = None,
) -> command.Shown:
    """Customers of the rep's own (or the pool), the one touched last first, four a page."""
    _ = turn.say
    conditions = _conditions(turn, scope, text, stale_days)
    conditions += _created(turn, from_, to)
    found = customers.listed(
        turn.session, turn.rep, *conditions, limit=PAGE + 1, offset=(page - 1) * PAGE
    )
    if not found:
        return command.Shown(lines=(_("No customers there."),))
    shown = found[:PAGE]
    labels = [_label(turn, each) for each in shown]
    more = {"page": page + 1} if len(found) > PAGE else None
    lines = [_("Customers in the pool:") if scope == "pool" else _("Customers, latest first:")]
    lines += [f"{number} {label}" for number, label in enumerate(labels, 1)]
    lines += [_("Send “more” for the rest")] if more else []
    picks = [
        command.Option(label=label, clauses=(("query", {"customer": f"#{each.id}"}),))
        for label, each in zip(labels, shown, strict=True)
    ]
    return command.Shown(
        lines=tuple(lines),
        listed=tuple(f"#{each.id}" for each in shown),
        picks=command.Ask(lines[0], picks, kind="list"),
        more=more,
    )


def _conditions(
    turn: command.Turn, scope: str, text: str, stale_days: int | None
) -> list[sa.ColumnElement[bool]]:
    row = customers.Customer
    conditions: list[sa.ColumnElement[bool]] = []
    if scope == "pool":
        conditions.append(row.owner_id.is_(None))
    elif scope not in ("team", "all"):
        conditions.append(row.owner_id == turn.rep.id)
    if text:
        like = [row.name.contains(text, autoescape=True), row.industry == text]
        conditions.append(sa.or_(*like))
    if stale_days:
        conditions.append(row.updated_at < turn.now - dt.timedelta(days=stale_days))
    return conditions


def _created(
    turn: command.Turn, first: dt.date | None, last: dt.date | None
) -> list[sa.ColumnElement[bool]]:
    row, midnight = customers.Customer, dt.time()
    conditions: list[sa.ColumnElement[bool]] = []
    if first is not None:
        conditions.append(row.created_at >= dt.datetime.combine(first, midnight, turn.zone))
    if last is not None:
        end = dt.datetime.combine(last, midnight, turn.zone) + DAY_END
        conditions.append(row.created_at < end)
    return conditions


def _label(turn: command.Turn, customer: customers.Customer) -> str:
    ago = wording.lasting(turn.now - customer.updated_at, turn.language)
    whose = "" if customer.owner_id == turn.rep.id else f" ({finding.whose(turn, customer)})"
    return f"{customer.name} #{customer.id}{whose} · {turn.say('{time} ago', time=ago)}"
