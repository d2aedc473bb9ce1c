"""The documentation says what the program does, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests import tree

PAGES = sorted(
    path for path in [tree.ROOT / "README.md", *(tree.ROOT / "docs").rglob("*.md")] if path.exists()
)


def test_the_generated_pages_are_in_step_with_the_program():
    check = subprocess.run(
        [sys.executable, str(tree.ROOT / ".ci" / "reference"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_names_the_commands_that_ci_runs():
    readme = (tree.ROOT / "README.md").read_text()
    makefile = (tree.ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
