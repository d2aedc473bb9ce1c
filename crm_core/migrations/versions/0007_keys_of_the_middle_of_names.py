"""keys of the middle of names, their index by kind first, and a rep's deals in order

Revision ID: 0007
Revises: 0006
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from crm_core import names

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 2000
OLD, NEW = "ix_name_keys_value_kind", "ix_name_keys_kind_value_customer_id"
OLD_DEALS, NEW_DEALS = "ix_deals_owner_id_status", "ix_deals_owner_id_status_close_date"
KEYS = sa.table(
    "name_keys",
    sa.column("customer_id"),
    sa.column("contact_id"),
    sa.column("kind"),
    sa.column("value"),
)


def upgrade() -> None:
    """Every name that is there gets its keys, those of customers and those of contacts."""
    op.drop_index(OLD, table_name="name_keys")
    _fill("customers", sa.column("id"), sa.null())
    _fill("contacts", sa.column("customer_id"), sa.column("id"))
    op.create_index(NEW, "name_keys", ["kind", "value", "customer_id"], unique=False)
    op.drop_index(OLD_DEALS, table_name="deals")
    in_order = ["owner_id", "status", "close_date", "id"]
    op.create_index(NEW_DEALS, "deals", in_order, unique=False)


def _fill(table: str, customer: sa.ColumnElement[Any], contact: sa.ColumnElement[Any]) -> None:
    number: sa.ColumnElement[int] = sa.column("id")
    page = (
        sa.select(number, customer.label("customer"), contact.label("contact"), sa.column("name"))
        .select_from(sa.table(table))
        .where(number > sa.bindparam("after"), customer.is_not(None))
        .order_by(number)
        .limit(AT_ONCE)
    )
    after = 0
    while found := op.get_bind().execute(page, {"after": after}).all():
        after = found[-1].id
        rows = [
            {
                "customer_id": row.customer,
                "contact_id": row.contact,
                "kind": "inner",
                "value": value,
            }
            for row in found
            for value in names.inner(row.name)
        ]
        if rows:
            op.get_bind().execute(sa.insert(KEYS), rows)


def downgrade() -> None:
    """The former keys, and the former indexes."""
    op.drop_index(NEW_DEALS, table_name="deals")
    op.create_index(OLD_DEALS, "deals", ["owner_id", "status"], unique=False)
    op.execute("DELETE FROM name_keys WHERE kind = 'inner'")
    op.drop_index(NEW, table_name="name_keys")
    op.create_index(OLD, "name_keys", ["value", "kind"], unique=False)
