"""`crm assign` and the end of `crm rep`: rules, leavers and heirs from the command line."""

from __future__ import annotations

import json
import sqlite3

import click
import pytest
from click.testing import CliRunner

from bot import cli
from bot.cli import console
from crm_core import errors

KEY = "a-secret-key-that-only-tests-use-0123456789"


@pytest.fixture
def crm(migrated_sqlite, tmp_path, monkeypatch):
    """Runs a command line on a fresh database; what it printed, or why not, in words."""
    path = tmp_path / "crm.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    for name, value in (
        ("DATABASE_URL", f"sqlite:///{path}"),
        ("DATA_DIR", str(tmp_path)),
        ("SECRET_KEY", KEY),
    ):
        monkeypatch.setenv(f"CRM_{name}", value)

    def run(*words):
        try:
            return (
                CliRunner()
                .invoke(cli.crm, words, standalone_mode=False, catch_exceptions=False)
                .stdout
            )
        except errors.Refusal as refusal:
            return console.in_words(refusal)
        except click.UsageError as error:
            return error.format_message()

    run("rep", "add", "王丽", "--role", "rep", "--team", "东区")
    run("rep", "add", "李强", "--role", "rep", "--team", "东区")
    return run


def test_rules_are_added_listed_and_removed(crm):
    crm("assign", "add", "--keyword", "报价", "--hours", "mon-fri 09:00-18:00", "--rep", "王丽")
    crm("assign", "add", "--team", "东区", "--place", "0")
    crm("assign", "round-robin", "on")
    made = json.loads(crm("assign", "list", "--json"))
    assert [each["team"] or each["rep"] for each in made["rules"]] == ["东区", "王丽"]
    assert made["round_robin"] is True
    crm("assign", "remove", "2")
    assert "王丽" in crm("assign", "list")
    assert "东区" not in crm("assign", "list")


def test_what_can_not_be_a_rule_is_said_in_words(crm):
    assert "时间段" in crm("assign", "add", "--pool", "--hours", "banana")
    assert "没有团队" in crm("assign", "add", "--team", "西区")
    assert "没有同事" in crm("assign", "add", "--rep", "谁")
    assert "exactly one" in crm("assign", "add")
    assert "没有规则" in crm("assign", "remove", "9")


def test_whoever_is_disabled_with_an_heir_hands_everything_over(crm, tmp_path):
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute(
            "INSERT INTO customers (name, kind, status, owner_id, level, source, industry,"
            " currency, tags, created_at, updated_at, version)"
            " VALUES ('客户', 'company', 'lead', 1, '', '', '', 'CNY', '[]',"
            " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 1)"
        )
    assert "没有同事" in crm("rep", "disable", "王丽", "--heir", "谁")
    assert "disabled" not in crm("rep", "list")
    crm("rep", "disable", "王丽", "--heir", "李强")
    assert "disabled" in crm("rep", "list")
    with sqlite3.connect(tmp_path / "crm.db") as database:
        assert database.execute("SELECT owner_id FROM customers").fetchall() == [(2,)]
