"""Commands about tasks and their reminders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot import command, finding, readers, refusals, replies, wording
from bot.phrases import N_
from crm_core import customers, errors, people, scope, tasks

commands = command.Commands("tasks")
PAGE = 4
SHOWN = 60
MANAGING = frozenset({people.Role.MANAGER, people.Role.ADMIN})
"""Who sees other people's tasks, within the own scope."""


def _customer(turn: command.Turn, task: tasks.Task) -> customers.Customer | None:
    return turn.session.get(customers.Customer, task.customer_id) if task.customer_id else None


def _when(turn: command.Turn, at: dt.datetime) -> str:
    return wording.moment(at, turn.now, turn.zone, turn.language)


@commands.command(
    "task",
    names=(("提醒", "提醒我"), ("remind", "todo")),
    examples=("提醒 明天3点 给华星科技打电话", "remind tomorrow 3pm call 华星科技"),
    summary=N_("Be reminded of something"),
    risk=command.Risk.WRITE,
)
def task(
    turn: command.Turn,
    at: dt.datetime,
    text: str,
    *,
    customer: customers.Customer | None = None,
    deadline: bool = False,
    owner: people.Rep | None = None,
    repeat: str = "",
) -> command.Done:
    """Note something to do and be reminded of it when it is due."""
    if owner is not None and owner.id != turn.rep.id:
        raise errors.Refusal("task.for-others")
    made = tasks.create(
        turn.session,
        text,
        readers.due(turn, at),
        now=turn.now,
        owner_id=turn.rep.id,
        customer_id=customer.id if customer else None,
        deadline=deadline,
    )
    _ = turn.say
    when = _when(turn, at)
    facts = [_("by {when}", when=when) if deadline else when, replies.one_line(text, SHOWN)]
    if repeat:
        turn.hint(_("Only this once: repeating reminders do not exist yet."))
    return command.Done(customer=customer, facts=(f"⏰ {facts[0]}", facts[1], f"T{made.id}"))


@commands.command(
    "tasks",
    names=(("待办", "我的待办"), ("tasks", "todos")),
    examples=("待办", "tasks"),
    summary=N_("Your open tasks"),
)
def list_tasks(
    turn: command.Turn,
    *,
    date: dt.date | None = None,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    status: str = "",
    owner: people.Rep | None = None,
    page: int = 1,
) -> command.Shown:
    """Open tasks, the soonest first, four a page; overdue ones come with every day asked for."""
    _ = turn.say
    today = turn.said_at.astimezone(turn.zone).date()
    if owner is not None and not scope.covers(turn.session, turn.rep, owner.id):
        raise refusals.not_permitted(turn, MANAGING)
    found = tasks.open_for(turn.session, (owner or turn.rep).id, _until(turn, date or to, status))
    first = date or from_
    if first is not None and first > today:
        start = dt.datetime.combine(first, dt.time(), turn.zone)
        found = [each for each in found if each.due_at >= start]
    if not found:
        return command.Shown(lines=(_("No open tasks there."),))
    return _shown(turn, found, page)


def _until(turn: command.Turn, last: dt.date | None, status: str) -> dt.datetime | None:
    if status == "overdue":
        return turn.now
    if last is None:
        return None
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), turn.zone)


def _shown(turn: command.Turn, found: Sequence[tasks.Task], page: int) -> command.Shown:
    _ = turn.say
    shown = found[(page - 1) * PAGE : page * PAGE]
    if not shown:
        return command.Shown(lines=(_("That was all."),))
    labels = [_label(turn, each) for each in shown]
    more = {"page": page + 1} if len(found) > page * PAGE else None
    hints = [_("Send “done 1” or “snooze 1 tomorrow”")]
    hints += [_("“more” for the rest")] if more else []
    lines = [
        _("Open tasks: {count}", count=len(found)),
        *(f"{number} {label}" for number, label in enumerate(labels, 1)),
        " · ".join(hints),
    ]
    picks = [
        command.Option(label=label, then=_menu(turn, each, label))
        for label, each in zip(labels, shown, strict=True)
    ]
    return command.Shown(
        lines=tuple(lines),
        listed=tuple(f"T{each.id}" for each in shown),
        picks=command.Ask(lines[0], picks, kind="list"),
        more=more,
    )


def _label(turn: command.Turn, task: tasks.Task) -> str:
    label = finding.task_label(turn, task)
    return f"⏰ {label}" if task.due_at > turn.now else turn.say("overdue {task}", task=label)


def _menu(turn: command.Turn, task: tasks.Task, label: str) -> command.Ask:
    """What may be done with one task of a list."""
    _ = turn.say
    morning = (turn.said_at.astimezone(turn.zone) + dt.timedelta(days=1)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    return command.Ask(
        label,
        [
            command.Option(label=_("done"), clauses=(("done", {"task": task.id}),)),
            command.Option(
                label=_("put off to tomorrow"),
                clauses=(("snooze", {"task": task.id, "at": morning}),),
            ),
        ],
    )


@commands.command(
    "done",
    names=(("完成",), ("done",)),
    examples=("完成 1", "done 1"),
    summary=N_("Tick off a task"),
    risk=command.Risk.WRITE,
)
def done(
    turn: command.Turn, task: tasks.Task | None = None, indexes: list[int] | None = None
) -> command.Done:
    """Tick off one task, or several of the list shown last."""
    chosen = [finding.task(turn, {"index": index}) for index in indexes or []]
    chosen = chosen or ([task] if task else [])
    for each in chosen:
        tasks.finish(turn.session, each, turn.now)
    facts = [replies.one_line(each.text, SHOWN) for each in chosen]
    about = _customer(turn, chosen[0]) if len(chosen) == 1 else None
    return command.Done(customer=about, facts=(turn.say("done: {text}", text=" / ".join(facts)),))


@commands.command(
    "snooze",
    names=(("推到", "延后"), ("snooze",)),
    examples=("1 推到明天", "snooze 1 tomorrow"),
    summary=N_("Put a task off"),
    risk=command.Risk.WRITE,
)
def snooze(turn: command.Turn, task: tasks.Task, at: dt.datetime) -> command.Done:
    """Move a task and its reminder to another time."""
    tasks.snooze(turn.session, task, readers.due(turn, at), turn.now)
    return command.Done(
        customer=_customer(turn, task),
        facts=(replies.one_line(task.text, SHOWN), f"⏰ {_when(turn, at)}"),
    )


@commands.command(
    "cancel_task",
    names=(("取消提醒", "取消任务"), ("cancel",)),
    examples=("取消任务 T1", "cancel T1"),
    summary=N_("Call a task off"),
    risk=command.Risk.WRITE,
)
def cancel_task(turn: command.Turn, task: tasks.Task) -> command.Done:
    """Call a task off; its reminder will not come."""
    tasks.cancel(turn.session, task, turn.now)
    text = replies.one_line(task.text, SHOWN)
    return command.Done(
        customer=_customer(turn, task), facts=(turn.say("called off: {text}", text=text),)
    )
