"""The reference page names every operation, parameter and error there is."""

from __future__ import annotations

import re
from pathlib import Path

from admin_web import faults
from admin_web.api import catalogue
from tests import tree

PAGE = Path("docs/reference/api.md")
ROW = re.compile(r"^\| `(GET|POST|PATCH) (\S+)` \| (.*) \|$", re.MULTILINE)


def test_every_operation_is_there_with_its_parameters():
    rows = {(method, path): text for method, path, text in ROW.findall(tree.text(PAGE))}
    operations = {(found.method, found.path): found for found in catalogue.operations()}
    assert rows.keys() == operations.keys()
    for key, operation in operations.items():
        names = {*operation.query.model_fields} - {"cursor", "limit"}
        names |= {*operation.body.model_fields} if operation.body else set()
        named = {word.strip('{}"') for word in re.findall(r"`([^`]+)`", rows[key])}
        assert names <= named, key


def test_every_error_is_there():
    text = tree.text(PAGE)
    codes = {code for code, _ in faults.TITLES.values()} | set(faults.SENTENCES)
    assert {code for code in codes - {"forbidden"} if f"`{code}`" not in text} == set()
