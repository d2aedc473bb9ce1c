"""`python -m bot` is the same as `crm`."""

from bot import cli

cli.main()
