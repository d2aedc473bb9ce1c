"""The command line `crm`. stdout carries data only; logs and hints go to stderr."""

from __future__ import annotations

import sys

import click

from bot import explain, settings
from bot.cli import chat, console, events, people, server, stores, vendors
from crm_core import errors, schema, vault


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huihua", prog_name="crm")
def crm() -> None:
    """Huihua (会话): a CRM that lives in your chat."""


crm.add_command(server.serve)
crm.add_command(server.web)
crm.add_command(server.worker)
crm.add_command(chat.chat)
crm.add_command(stores.db)
crm.add_command(stores.doctor)
crm.add_command(stores.demo_data)
crm.add_command(people.rep)
crm.add_command(vendors.channel)
crm.add_command(events.inbox)
crm.add_command(explain.command)


def main() -> None:
    """Run the command line; expected faults are one sentence on stderr and exit code 1."""
    try:
        crm.main(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except (settings.BadSettings, schema.SchemaMismatch) as error:
        console.fail(str(error))
    except vault.Sealed:
        console.fail("the stored credentials need the CRM_SECRET_KEY they were sealed with")
    except errors.Refusal as refusal:
        console.fail(console.in_words(refusal))
    except OSError as error:
        console.fail(str(error))
