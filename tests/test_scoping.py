"""Chat and API look at customers' records only through the conditions of `crm_core.scope`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import tree

FACES = ("bot/commands/", "bot/dialogue.py", "bot/finding.py", "bot/misses.py", "admin_web/")
SCOPED = {
    "Customer",
    "Contact",
    "Address",
    "Deal",
    "Task",
    "Activity",
    "Conversation",
    "Message",
    "Delivery",
    "Event",
    "ChangeSet",
    "Change",
    "NameKey",
    "Entry",
}
"""Models whose rows not everybody may see."""
LOOKS = {"get", "get_one", "select", "query"}
FOLLOWED = "follows a record that was found within the scope to what it belongs to"
DEMO = "the demo's page shows everything to everybody; it is mounted only with --demo"
OWN = "looks only at the person's own records"
CHECK = "whose a customer is may be told to anybody of ours, who then may see no more (查重)"
ALLOWED = {
    "admin_web/api/conversations.py:write": FOLLOWED,
    "admin_web/api/customers.py:_loaded": "of the ids that the scoped search has found",
    "admin_web/api/customers.py:_at": "a part of a query that has the condition",
    "admin_web/api/customers.py:_listed": "behind `_seen`, which is the condition",
    "admin_web/api/events.py:listed": "behind `_must_oversee`: raw events are the admins'",
    "bot/dialogue.py:": OWN,
    "bot/dialogue.py:_tapped_elsewhere": OWN,
    "bot/finding.py:_fits": FOLLOWED,
    "bot/finding.py:task_label": FOLLOWED,
    "admin_web/api/routes.py:_on_the_way": FOLLOWED,
    "admin_web/api/conversations.py:entries": FOLLOWED,
    "bot/commands/attending.py:attend": FOLLOWED,
    "bot/commands/attending.py:_about": FOLLOWED,
    "bot/commands/customers.py:_doubt_same_name": CHECK,
    "bot/commands/deals.py:_owner": FOLLOWED,
    "bot/commands/identity.py:_losers": FOLLOWED,
    "bot/commands/identity.py:_whom": FOLLOWED,
    "bot/commands/search.py:_labels": "of the ids that the scoped search has found",
    "bot/commands/sharing.py:_of_number": CHECK,
    "bot/commands/sharing.py:decide": "of a request that this person may decide about",
    "bot/commands/talk.py:_waiting": FOLLOWED,
    "bot/commands/talk.py:_person": FOLLOWED,
    "bot/commands/talk.py:_attended": FOLLOWED,
    "bot/commands/talk.py:_label": FOLLOWED,
    "bot/commands/tasks.py:_customer": FOLLOWED,
    "bot/commands/undo.py:undo": "of the person's own change",
    "bot/commands/undo.py:_now": "of the person's own change",
}
"""Functions that look without the condition, and why they may."""
PAGES_OF_THE_DEMO = (
    "admin_web/pages/phones.py",
    "admin_web/pages/records.py",
    "admin_web/pages/traces.py",
    "admin_web/pages/sandbox.py",
    "admin_web/pages/changes.py",
)


def looking() -> Iterator[tuple[str, bool]]:
    """Each function of the faces that looks at scoped records, and whether within the scope."""
    for path in tree.within("bot", "admin_web", suffix=".py"):
        if not str(path).startswith(FACES) or str(path) in PAGES_OF_THE_DEMO:
            continue
        for place, node in _functions(path):
            if _looks(node) and _mentions(node):
                yield place, _is_scoped(node)


def _functions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a file, and all that stands outside of them as one."""
    module = tree.parsed(path)
    rest = ast.Module(body=[], type_ignores=[])
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}:{node.name}", ast.Module(body=node.body, type_ignores=[])
    rest.body = [
        node
        for node in module.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    yield f"{path}:", rest


def _looks(node: ast.AST) -> bool:
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in LOOKS
        and not _is_mapping(call)
        for call in ast.walk(node)
    )


def _is_mapping(call: ast.Call) -> bool:
    """Whether it is the `get` of a dict: what is looked up there is a name and no model."""
    return isinstance(call.func, ast.Attribute) and (
        call.func.attr == "get" and "session" not in ast.unparse(call.func.value)
    )


def _mentions(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr in SCOPED for each in ast.walk(node))


def _is_scoped(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Attribute)
        and (each.attr.endswith("visible") or ast.unparse(each.value) == "scope")
        for each in ast.walk(node)
    )


def test_nobody_looks_at_customers_records_around_the_scope():
    around = {place for place, scoped in looking() if not scoped}
    wrong = [f"{place}: looks without a condition of the scope" for place in around - set(ALLOWED)]
    wrong += [f"{place}: is allowed and needs it no more" for place in set(ALLOWED) - around]
    if wrong:
        pytest.fail("\n".join(["", *sorted(wrong)]), pytrace=False)


def test_the_pages_of_the_demo_are_mounted_only_by_the_demo():
    users = {
        str(path)
        for path in tree.within("bot", "admin_web", suffix=".py")
        if "admin_web.pages" in " ".join(tree.imports(path))
    }
    assert users <= {"bot/showroom.py", *PAGES_OF_THE_DEMO}, DEMO
