"""Every sentence the program says is in the Chinese catalogue, with its placeholders intact.

Sentences are found by how they are said: `_("…", name=…)` or `say("…")` in code, `N_("…")` where
data holds a sentence that is said later, `{{ _("…") }}` or `{% trans %}` in templates.
"""

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
SAYING = {"_", "N_", "gettext", "say"}


def sentences(package: str) -> dict[str, str]:
    """Sentence → the place that says it, in a package's code and templates."""
    found: dict[str, str] = {}
    for path in tree.within(package):
        if path.suffix == ".py":
            for call, sentence in calls(path):
                found[sentence] = f"{path}:{call.lineno}"
        elif "templates" in path.parts:
            found |= {sentence: f"{path}:{line}" for line, sentence in _in_template(path)}
    return found


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Each call in a Python file that says a sentence written out there."""
    for node in ast.walk(tree.parsed(path)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if ast.unparse(node.func).rsplit(".", 1)[-1] not in SAYING:
            continue
        said = node.args[0]
        if isinstance(said, ast.JoinedStr):
            pytest.fail(f"{path}:{node.lineno}: no f-string is in a catalogue", pytrace=False)
        for part in _alternatives(said):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield node, part.value


def _alternatives(said: ast.expr) -> list[ast.expr]:
    if isinstance(said, ast.IfExp):
        return [*_alternatives(said.body), *_alternatives(said.orelse)]
    return [said]


def _in_template(path: Path) -> Iterator[tuple[int, str]]:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    syntax = environment.parse(tree.text(path))
    for line, _, message in extract_from_ast(syntax, sorted(SAYING)):
        sentence = message if isinstance(message, str) else (message or (None,))[0]
        if sentence:
            yield line, sentence


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


def translation(catalog: Catalog, sentence: str) -> str:
    """What the catalogue says for it; empty where it says nothing or is not sure."""
    entry = catalog.get(sentence)
    return "" if entry is None or entry.fuzzy else str(entry.string or "")


@pytest.mark.parametrize("package", SPEAKING)
def test_every_sentence_is_in_the_chinese_catalogue(package):
    catalog = catalogue(package)
    missing = [
        f"{place}: {sentence!r}"
        for sentence, place in sentences(package).items()
        if not translation(catalog, sentence)
    ]
    assert not missing, "\n".join(["no Chinese for:", *missing])


@pytest.mark.parametrize("package", SPEAKING)
def test_translations_keep_the_placeholders(package):
    catalog = catalogue(package)
    wrong = []
    for sentence in sentences(package):
        chinese = translation(catalog, sentence)
        try:
            same = not chinese or placeholders(chinese) == placeholders(sentence)
        except ValueError:
            same = False
        if not same:
            wrong.append(f"{sentence!r} → {chinese!r}")
    assert not wrong, "\n".join(["placeholders differ:", *wrong])


@pytest.mark.parametrize("package", SPEAKING)
def test_every_placeholder_is_filled_where_the_sentence_is_said(package):
    wrong = []
    for path in tree.within(package, suffix=".py"):
        for call, sentence in calls(path):
            given = {keyword.arg for keyword in call.keywords}
            if given and None not in given and not placeholders(sentence) <= given:
                lacking = ", ".join(sorted(placeholders(sentence) - given))
                wrong.append(f"{path}:{call.lineno}: {sentence!r} lacks {lacking}")
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("package", SPEAKING)
def test_the_catalogue_holds_nothing_that_is_never_said(package):
    said = sentences(package)
    listed = [str(entry.id) for entry in catalogue(package) if entry.id]
    idle = [sentence for sentence in listed if sentence not in said]
    assert not idle, "\n".join(["said nowhere (mark data with N_):", *map(repr, idle)])
