"""The shape of the tree: budgets, places and manners that no linter knows."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from tests import tree

FILE_LINES = 400
FUNCTION_LINES = 60
FILES_AT_THE_TOP = {"pyproject.toml", "constraints.txt", "README.md", "Makefile", "LICENSE"}
FOLDERS_AT_THE_TOP = {*tree.PACKAGES, "tests", "docs", ".ci"}
CHANNEL_PARTS = {"__init__.py", "channel.py", "parse.py", "settings.py", "README.md"}
NOT_A_CHANNEL = {"sandbox"}
HISTORY = Path("crm_core/migrations/versions")

ONLY_IN: dict[str, set[str]] = {
    "os.environ": {"bot/settings.py"},
    "os.getenv": {"bot/settings.py"},
    "asyncio.create_task": {"bot/loops.py"},
    "asyncio.ensure_future": set(),
    "datetime.datetime.now": {"crm_core/clock.py"},
    "datetime.datetime.today": set(),
    "datetime.date.today": set(),
}
"""What only one file may use: one source of settings, supervised tasks, time handed on."""

SYNCHRONOUS = ("crm_core", "conversations", "bot/commands")
# The doors to the database and to other processes; the schema is looked at before any door opens.
AWAITABLE_DOORS = {"crm_core/database.py", "crm_core/schema.py", "conversations/live.py"}


def python_files() -> list[Path]:
    return tree.within(*tree.PACKAGES, "tests", ".ci", suffix=".py")


def product_files() -> list[Path]:
    return tree.within(*tree.PACKAGES, suffix=".py")


def complain(problems: list[str]) -> None:
    """Fail with one line for each problem."""
    if problems:
        pytest.fail("\n".join(["", *problems]), pytrace=False)


def test_nothing_unexpected_stands_at_the_top():
    complain(
        [
            f"{path}: does not belong at the top level"
            for path in tree.files()
            if (len(path.parts) == 1 and path.name not in FILES_AT_THE_TOP and path.name[0] != ".")
            or (len(path.parts) > 1 and path.parts[0] not in FOLDERS_AT_THE_TOP)
        ]
    )


def test_no_file_is_longer_than_four_hundred_lines():
    folders = (*tree.PACKAGES, "tests", ".ci")
    measured = [
        path
        for path in tree.within(*folders)
        if path.suffix in {".py", ".js", ".css", ".html"} and HISTORY not in path.parents
    ]
    sizes = {path: tree.text(path).count("\n") for path in measured}
    complain([f"{path}: {n} lines" for path, n in sizes.items() if n > FILE_LINES])


def test_no_function_is_longer_than_sixty_lines():
    long = []
    for path in python_files():
        # A migration is a straight list of tables, written once and never edited again.
        if HISTORY in path.parents:
            continue
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long.append(f"{path}:{node.lineno}: {node.name} has {lines} lines")
    complain(long)


def test_each_thing_of_the_outside_world_has_one_door():
    complain(
        [
            f"{path}:{line}: {name} belongs in {', '.join(sorted(ONLY_IN[name])) or 'no file'}"
            for path in product_files()
            for name, line in tree.dotted_uses(path)
            if name in ONLY_IN and str(path) not in ONLY_IN[name]
        ]
    )


def test_the_core_and_the_commands_await_nothing():
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    complain(
        [
            f"{path}:{node.lineno}: is asynchronous"
            for path in product_files()
            if str(path).startswith(SYNCHRONOUS)
            and str(path) not in AWAITABLE_DOORS
            and "migrations" not in path.parts
            for node in ast.walk(tree.parsed(path))
            if isinstance(node, waiting)
        ]
    )


def test_only_the_edges_commit():
    complain(
        [
            f"{path}:{node.lineno}: {ast.unparse(node.func)}()"
            for path in tree.within("crm_core", "conversations", suffix=".py")
            if "migrations" not in path.parts
            for node in ast.walk(tree.parsed(path))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"commit", "rollback"}
            and ast.unparse(node.func.value).endswith("session")
        ]
    )


def test_every_channel_folder_is_complete():
    folders: dict[str, set[str]] = {}
    for path in tree.within("channels"):
        if len(path.parts) > 2 and path.parts[1] not in NOT_A_CHANNEL:
            folders.setdefault(path.parts[1], set()).add("/".join(path.parts[2:]))
    complain(
        [
            f"channels/{name}: lacks {', '.join(sorted(CHANNEL_PARTS - parts))}"
            for name, parts in folders.items()
            if CHANNEL_PARTS - parts
        ]
    )


def test_tests_mirror_the_packages():
    allowed = {*tree.PACKAGES, "journeys", "bench", "chaos"}
    complain(
        [
            f"{path}: tests stand in {', '.join(sorted(allowed))}"
            for path in tree.within("tests")
            if len(path.parts) > 2 and path.parts[1] not in allowed
        ]
    )


def test_tests_are_not_packages():
    # tests/bot/__init__.py would shadow the real `bot`.
    complain([f"{path}: remove it" for path in tree.within("tests", suffix="__init__.py")])


def test_lock_files_name_no_address():
    locks = [
        path
        for path in tree.files()
        if path.name == "constraints.txt" or path.suffix == ".lock" or "lock" in path.stem
    ]
    assert Path("constraints.txt") in locks
    complain([f"{path}: holds an address" for path in locks if "://" in tree.text(path)])


def test_every_pin_has_a_hash():
    pins = re.split(r"\n(?=\S)", tree.text(Path("constraints.txt")).strip())
    assert len(pins) > 50
    complain([pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin])


def test_no_file_names_a_place_of_one_machine():
    # Two components at least, so that a checkout in /app does not match every mention of /app.
    places = {str(tree.ROOT), str(Path.home()), sys.base_prefix}
    places = {f"{place}/" for place in places if place.count("/") > 1 or place == "/root"}
    complain(
        [
            f"{path}: names {place}"
            for path in tree.files()
            for place in places
            if place in tree.text(path)
        ]
    )


def test_no_file_names_a_package_registry():
    hosts = re.compile(
        r"\b(?:pypi|pythonhosted|npmjs|crates)\.(?:org|com|io)\b|--(?:extra-)?index-url"
    )
    complain(
        [
            f"{path}: names a package registry"
            for path in tree.files()
            if path != Path(__file__).relative_to(tree.ROOT) and hosts.search(tree.text(path))
        ]
    )


def test_nothing_is_left_to_do():
    words = re.compile(r"\b(?:TOD[O]|FIXM[E])\b|^(?:<{7}|>{7}) ", re.MULTILINE)
    complain([f"{path}: unfinished" for path in tree.files() if words.search(tree.text(path))])


def test_templates_escape_everything():
    raw = re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\(")
    complain(
        [
            f"{path}: puts raw text into a page"
            for path in tree.within("admin_web", "bot", "channels")
            if path.suffix in {".html", ".py"} and raw.search(tree.text(path))
        ]
    )


def test_scripts_write_text_and_not_markup():
    raw = re.compile(
        r"insertAdjacentHTML|document\.write|outerHTML\s*=|innerHTML\s*\+?=(?!\s*(\"\"|''))"
    )
    complain(
        [
            f"{path}: builds markup from text"
            for path in tree.within("admin_web", "channels")
            if path.suffix in {".js", ".html"} and raw.search(tree.text(path))
        ]
    )


def test_pages_load_nothing_from_elsewhere():
    foreign = re.compile(r"(?:src|href)=[\"']?(?:https?:)?//|url\([\"']?(?:https?:)?//|@import")
    pages = [
        path for path in tree.within(*tree.PACKAGES) if path.suffix in {".html", ".css", ".js"}
    ]
    complain([f"{path}: loads from elsewhere" for path in pages if foreign.search(tree.text(path))])
