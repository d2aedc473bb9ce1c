"""what led to a delivery is a column, and nobody writes to a rep's chat to notify it

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

HEARD = sa.text("direction = 'in'")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A job of a delivery is now found by a key of its own and not by its number."""
    op.create_index(
        "ix_messages_conversation_id_heard",
        "messages",
        ["conversation_id", "id"],
        unique=False,
        sqlite_where=HEARD,
        postgresql_where=HEARD,
    )
    op.execute(
        "UPDATE jobs SET dedup_key = (SELECT 'delivery:' || deliveries.id FROM deliveries"
        " WHERE deliveries.job_id = jobs.id) WHERE dedup_key IS NULL AND kind LIKE 'deliver.%'"
    )
    op.add_column("deliveries", sa.Column("event_id", NUMBER, nullable=True))
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id"], unique=False)
    op.drop_column("deliveries", "job_id")
    op.drop_column("dialogues", "pushed_at")


def downgrade() -> None:
    """The numbers again."""
    op.add_column("dialogues", sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("job_id", NUMBER, nullable=True))
    op.execute(
        "UPDATE deliveries SET job_id = (SELECT jobs.id FROM jobs"
        " WHERE jobs.dedup_key = 'delivery:' || deliveries.id)"
    )
    op.drop_index("ix_deliveries_event_id", table_name="deliveries")
    op.drop_column("deliveries", "event_id")
    op.drop_index("ix_messages_conversation_id_heard", table_name="messages")
