"""one timeline: every sort of entry of a customer in order, from an index

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENTS = {"activities": "at", "change_sets": "at", "deals": "created_at", "tasks": "created_at"}


def upgrade() -> None:
    """Indexes only: the one on the customer alone is a beginning of the new one."""
    for table, moment in MOMENTS.items():
        op.create_index(
            f"ix_{table}_customer_id_{moment}", table, ["customer_id", moment, "id"], unique=False
        )
        op.drop_index(f"ix_{table}_customer_id", table_name=table)


def downgrade() -> None:
    """The plain indexes again."""
    for table, moment in MOMENTS.items():
        op.create_index(f"ix_{table}_customer_id", table, ["customer_id"], unique=False)
        op.drop_index(f"ix_{table}_customer_id_{moment}", table_name=table)
