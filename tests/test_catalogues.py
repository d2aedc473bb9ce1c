"""Every sentence the program says is in the Chinese catalogue, with its placeholders intact."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import jinja2
import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog
from jinja2.ext import extract_from_ast

from tests import tree

SPEAKING = ("bot", "admin_web")
SINGULAR = {"_", "N_", "gettext"}
PLURAL = {"ngettext", "n_"}

Message = str | tuple[str, str]


def sentences(package: str) -> dict[Message, str]:
    """Message → the place that says it, in a package's code and templates."""
    found: dict[Message, str] = {}
    for path in tree.within(package):
        if path.suffix == ".py":
            found |= {message: f"{path}:{line}" for line, message in _in_code(path)}
        elif path.suffix in {".html", ".txt", ".js"} and "templates" in path.parts:
            found |= {message: f"{path}:{line}" for line, message in _in_template(path)}
    return found


def _in_code(path: Path) -> Iterator[tuple[int, Message]]:
    for call in ast.walk(tree.parsed(path)):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = ast.unparse(call.func).rsplit(".", 1)[-1]
        wanted = 1 if name in SINGULAR else 2 if name in PLURAL else 0
        texts = call.args[:wanted]
        if not texts:
            continue
        if any(isinstance(text, ast.JoinedStr) for text in texts):
            pytest.fail(f"{path}:{call.lineno}: an f-string can not be looked up", pytrace=False)
        words = [t.value for t in texts if isinstance(t, ast.Constant) and isinstance(t.value, str)]
        if len(words) == 1 == wanted:
            yield call.lineno, words[0]
        elif len(words) == 2 == wanted:
            yield call.lineno, (words[0], words[1])


def _in_template(path: Path) -> Iterator[tuple[int, Message]]:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    syntax = environment.parse(tree.text(path))
    for line, _, message in extract_from_ast(syntax, [*SINGULAR, *PLURAL]):
        if isinstance(message, str):
            yield line, message
        else:
            words = [part for part in message or () if isinstance(part, str)]
            if len(words) > 1:
                yield line, (words[0], words[1])
            elif words:
                yield line, words[0]


def catalogue(package: str) -> Catalog:
    path = tree.ROOT / package / "locale" / "zh_CN.po"
    if not path.exists():
        return Catalog(locale="zh_CN")
    with path.open("rb") as file:
        return pofile.read_po(file, locale="zh_CN", abort_invalid=True)


def placeholders(text: str) -> set[str]:
    """The names in {braces} and %(parentheses)s; ValueError where the braces do not pair up."""
    braces = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    return braces | set(re.findall(r"%\((\w+)\)", text))


def translations(catalog: Catalog, message: Message) -> list[str]:
    """What the catalogue says for it; empty where it says nothing (or is not sure)."""
    entry = catalog.get(message if isinstance(message, str) else message[0])
    if entry is None or entry.fuzzy:
        return []
    texts = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
    return [text for text in texts if text]


@pytest.mark.parametrize("package", SPEAKING)
def test_every_sentence_is_in_the_chinese_catalogue(package):
    catalog = catalogue(package)
    missing = [
        f"{place}: {message!r}"
        for message, place in sentences(package).items()
        if not translations(catalog, message)
    ]
    assert not missing, "\n".join(["no Chinese for:", *missing])


@pytest.mark.parametrize("package", SPEAKING)
def test_translations_keep_the_placeholders(package):
    catalog = catalogue(package)
    wrong = []
    for message in sentences(package):
        words = message if isinstance(message, str) else message[1]
        for text in translations(catalog, message):
            try:
                same = placeholders(text) == placeholders(words)
            except ValueError:
                same = False
            if not same:
                wrong.append(f"{words!r} → {text!r}")
    assert not wrong, "\n".join(["placeholders differ:", *wrong])


@pytest.mark.parametrize("package", SPEAKING)
def test_the_catalogue_holds_nothing_that_is_never_said(package):
    said = {m if isinstance(m, str) else m[0] for m in sentences(package)}
    listed = [
        entry.id if isinstance(entry.id, str) else entry.id[0] for entry in catalogue(package)
    ]
    idle = [words for words in listed if words and words not in said]
    assert not idle, "\n".join(["said nowhere (mark data with N_):", *map(repr, idle)])
