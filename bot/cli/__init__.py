"""The command line `crm`. stdout carries data only; logs and hints go to stderr."""

from __future__ import annotations

import gc
import importlib
import sys
from types import ModuleType
from typing import NoReturn

import click
from typing_extensions import override

from crm_core import errors

COMMANDS = {
    "serve": "bot.cli.server:serve",
    "web": "bot.cli.server:web",
    "worker": "bot.cli.server:worker",
    "chat": "bot.cli.chat:chat",
    "db": "bot.cli.stores:db",
    "doctor": "bot.cli.stores:doctor",
    "demo-data": "bot.cli.demos:demo_data",
    "rep": "bot.cli.people:rep",
    "team": "bot.cli.teams:team",
    "assign": "bot.cli.assign:assign",
    "channel": "bot.cli.vendors:channel",
    "inbox": "bot.cli.events:inbox",
    "erase": "bot.cli.privacy:erase",
    "explain": "bot.explain:command",
}


class Lazily(click.Group):
    """A group that imports a command when it is used: `crm explain` needs no database code."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(_imported(module), name)
        return found


def _imported(name: str) -> ModuleType:
    # What is imported stays for good: looking for garbage meanwhile takes a sixth of the time.
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.group(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huihua", prog_name="crm")
def crm() -> None:
    """Huihua (会话): a CRM that lives in your chat."""


def main() -> None:
    """Run the command line; expected faults are one sentence on stderr and exit code 1."""
    try:
        sys.exit(crm.main(standalone_mode=False))
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except errors.Refusal as refusal:
        from bot.cli import console

        _fail(console.in_words(refusal))
    except (errors.Unfit, OSError) as error:
        _fail(str(error))


def _fail(text: str) -> NoReturn:
    click.echo(f"crm: {text}", err=True)
    sys.exit(1)
