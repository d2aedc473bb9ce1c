"""who gets it: assignment rules, taking turns, hand-overs, presence, watching and attending

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("watches", "handovers", "round_robins", "assignment_rules")
OF_REPS = ("capacity", "deputy_id", "leave_until", "dnd_until", "quiet_hours")


def upgrade() -> None:
    """New tables, and what a person of ours says about being there."""
    lite = op.get_bind().dialect.name == "sqlite"
    op.add_column(
        "reps", sa.Column("quiet_hours", sa.String(length=11), nullable=False, server_default="")
    )
    op.add_column("reps", sa.Column("dnd_until", MOMENT, nullable=True))
    op.add_column("reps", sa.Column("leave_until", MOMENT, nullable=True))
    op.add_column("reps", sa.Column("capacity", BIG, nullable=True))
    # In SQL, since SQLite adds a column with a reference, but Alembic does not let it.
    number = "INTEGER" if lite else "BIGINT CONSTRAINT fk_reps_deputy_id"
    op.execute(f"ALTER TABLE reps ADD COLUMN deputy_id {number} REFERENCES reps (id)")
    op.add_column("dialogues", sa.Column("attending", sa.JSON(none_as_null=True), nullable=True))
    _assignment()
    _handovers()
    op.create_table(
        "watches",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rep_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_watches_rep_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_watches_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("customer_id", "rep_id", name=op.f("uq_watches_customer_id_rep_id")),
        sqlite_autoincrement=True,
    )


def _assignment() -> None:
    op.create_table(
        "assignment_rules",
        sa.Column("id", BIG, nullable=False),
        sa.Column("place", BIG, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("keyword", sa.String(length=80), nullable=False),
        sa.Column("hours", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=False),
        sa.Column("rep_id", BIG, nullable=True),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_assignment_rules_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_rules")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "round_robins",
        sa.Column("id", BIG, nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("last_rep_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_robins")),
        sa.UniqueConstraint("team", name=op.f("uq_round_robins_team")),
        sqlite_autoincrement=True,
    )


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rep_id", BIG, nullable=False),
        sa.Column("heir", sa.String(length=8), nullable=False),
        sa.Column("heir_id", BIG, nullable=True),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_handovers_rep_id")),
        sa.ForeignKeyConstraint(["heir_id"], ["reps.id"], name=op.f("fk_handovers_heir_id")),
        sa.ForeignKeyConstraint(["by_id"], ["reps.id"], name=op.f("fk_handovers_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handovers_rep_id", "handovers", ["rep_id"])


def downgrade() -> None:
    """Without them; owners stay as they are."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("dialogues", "attending")
    for column in OF_REPS:
        op.drop_column("reps", column)
