"""Alembic's entry: runs on the connection that `crm_core.schema` hands in, in its transaction."""

from typing import Any, Literal

from alembic import context

from crm_core import database

PLAIN = {
    database.UtcDateTime: "sa.DateTime(timezone=True)",
    database.Money: "sa.BigInteger()",
}


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our column types by what the database stores: a revision never changes its meaning."""
    if kind == "type" and isinstance(item, database.Text):
        plain = f"sa.String(length={item.limit})" if item.limit else "sa.Text()"
        by_code = f'sa.String(length={item.limit}, collation="C")'
        return f'{plain}.with_variant({by_code}, "postgresql")' if item.ordered else plain
    return PLAIN.get(type(item), False) if kind == "type" else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=database.Base.metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
