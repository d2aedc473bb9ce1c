"""Each import contract in pyproject.toml really fails when somebody breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tree

SOUND = {
    "bot/app.py": "from channels.wechat import channel",
    "bot/intake.py": "from conversations import inbox",
    "bot/commands/deals.py": "from crm_core import deals",
    "admin_web/pages.py": "from conversations import inbox",
    "conversations/inbox.py": "from channels import contract, messages",
    "crm_core/deals.py": "from crm_core import people",
    "crm_core/people.py": "",
    "channels/messages.py": "",
    "channels/contract.py": "from channels import messages",
    "channels/http.py": "import aiohttp",
    "channels/registry.py": "",
    "channels/wechat/channel.py": "import wechatpy\nfrom channels import contract, http, messages",
    "channels/wecom/channel.py": "",
}
"""A small tree of the project's shape that keeps every contract."""

BREACHES = [
    ("crm_core/deals.py", "import conversations.inbox", "Imports go one way"),
    ("crm_core/deals.py", "import channels.messages", "Imports go one way"),
    ("conversations/inbox.py", "import admin_web.pages", "Imports go one way"),
    ("channels/wechat/channel.py", "import channels.wecom.channel", "Channels do not know"),
    ("channels/wecom/channel.py", "import channels.registry", "Channels do not know"),
    ("bot/intake.py", "import wechatpy", "Vendors' libraries stay"),
    ("crm_core/deals.py", "import aiohttp", "know no HTTP"),
    ("bot/commands/deals.py", "import aiohttp", "know no HTTP"),
    ("bot/commands/deals.py", "import admin_web.pages", "Commands and intake know neither"),
    ("bot/intake.py", "import bot.app", "Commands and intake know neither"),
    ("conversations/inbox.py", "import channels.wechat.channel", "Conversations know no channel"),
    ("conversations/inbox.py", "import channels.http", "Conversations know no channel"),
    ("crm_core/people.py", "import crm_core.deals", "No cycles among siblings"),
]


def lint(folder: Path, changes: dict[str, str]) -> str:
    """Build the small tree with some files changed and return what the linter says of it."""
    shutil.copy(tree.ROOT / "pyproject.toml", folder)
    for name, source in {**SOUND, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source + "\n")
    for package in {path.parent for path in folder.rglob("*.py")}:
        (package / "__init__.py").touch()
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_sound_tree_keeps_every_contract(tmp_path):
    assert "Contracts: 7 kept, 0 broken." in lint(tmp_path, {})


@pytest.mark.parametrize(("file", "breach", "contract"), BREACHES)
def test_a_breach_is_reported_under_its_contract(tmp_path, file, breach, contract):
    said = lint(tmp_path, {file: f"{SOUND[file]}\n{breach}"})
    broken = [line for line in said.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), said
