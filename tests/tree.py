"""The project's own files, read by the tests about its shape."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "admin_web", "conversations", "crm_core", "channels")


# What a tree without git (an unpacked archive) may hold besides the project.
BYPRODUCTS = {"__pycache__", "build", "data", "demo-data", "dist"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project (tracked or about to be), relative to its root."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return tuple(sorted(_walk(ROOT)))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    names = {Path(name) for name in listed.split("\0") if name}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_file():
            yield entry.relative_to(ROOT)
        elif entry.name == ".ci" or not (entry.name.startswith(".") or entry.name in BYPRODUCTS):
            yield from _walk(entry)


def within(*folders: str, suffix: str = "") -> list[Path]:
    """The project's files in these top-level folders whose names end with `suffix`."""
    return [path for path in files() if path.parts[0] in folders and path.name.endswith(suffix)]


def text(path: Path) -> str:
    """A file's text; empty for pictures, fonts and whatever else is not UTF-8."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(text(path), str(path))


def dotted_uses(path: Path) -> Iterator[tuple[str, int]]:
    """Each dotted name the file uses, as (name, line), whatever alias it was imported under.

    `from os import environ as e; e["X"]` gives `os.environ`.
    """
    tree = parsed(path)
    known = dict(_imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in known:
                yield ".".join([known[first], *rest]), node.lineno


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    (alias.asname or alias.name.split(".")[0]),
                    (alias.name if alias.asname else alias.name.split(".")[0]),
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def imports(path: Path) -> set[str]:
    """The dotted names of all modules the file imports, also inside functions."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found
