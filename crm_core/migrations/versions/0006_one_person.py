"""one person: merges that can be taken apart, look-alikes, and customers shared with colleagues

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
RETIRED = ("customers", "contacts", "conversations")
TAIL = "CASE WHEN length(value) > 8 THEN substr(value, length(value) - 7) ELSE value END"
STANDING, OPEN = "undone_at IS NULL", "state = 'open'"


def upgrade() -> None:
    """New tables, and where a merged customer, contact or conversation went."""
    lite = op.get_bind().dialect.name == "sqlite"
    for table in RETIRED:
        # In SQL, since SQLite adds a column with a reference, but Alembic does not let it.
        number = "INTEGER" if lite else f"BIGINT CONSTRAINT fk_{table}_merged_into_id"
        op.execute(f"ALTER TABLE {table} ADD COLUMN merged_into_id {number} REFERENCES {table}(id)")
        op.create_index(f"ix_{table}_merged_into_id", table, ["merged_into_id"])
    op.add_column("addresses", sa.Column("tail", sa.String(length=8), nullable=True))
    op.execute(f"UPDATE addresses SET tail = {TAIL} WHERE kind = 'phone'")  # noqa: S608
    op.create_index("ix_addresses_tail", "addresses", ["tail"])
    _merges()
    _look_alikes()
    _sharing()


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("loser_id", BIG, nullable=False),
        sa.Column("survivor_id", BIG, nullable=False),
        sa.Column("taken", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rep_id", BIG, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_merges_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sqlite_autoincrement=True,
    )
    _index("uq_merges_standing", "merges", ["kind", "loser_id"], STANDING, unique=True)
    op.create_index("ix_merges_kind_survivor_id", "merges", ["kind", "survivor_id"])
    op.create_table(
        "merged_rows",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("record", sa.String(length=40), nullable=False),
        sa.Column("record_id", BIG, nullable=False),
        sa.Column("home_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_rows")),
        sa.UniqueConstraint(
            "kind", "record", "record_id", name=op.f("uq_merged_rows_kind_record_record_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_merged_rows_kind_home_id", "merged_rows", ["kind", "home_id"])


def _look_alikes() -> None:
    op.create_table(
        "look_alikes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("one_id", BIG, nullable=False),
        sa.Column("other_id", BIG, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["reps.id"], name=op.f("fk_look_alikes_decided_by")
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["customers.id"], name=f"fk_look_alikes_{name}", ondelete="CASCADE"
            )
            for name in ("one_id", "other_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_alikes")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_look_alikes_one_id_other_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_look_alikes_other_id", "look_alikes", ["other_id"])
    _index("ix_look_alikes_open", "look_alikes", ["id"], OPEN)


def _sharing() -> None:
    op.create_table(
        "customer_collaborators",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("rep_id", BIG, nullable=False),
        sa.Column("added_by", BIG, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"], ["reps.id"], name=op.f("fk_customer_collaborators_added_by")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_collaborators_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["reps.id"], name=op.f("fk_customer_collaborators_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_collaborators")),
        sa.UniqueConstraint(
            "rep_id", "customer_id", name=op.f("uq_customer_collaborators_rep_id_customer_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_customer_collaborators_customer_id", "customer_collaborators", ["customer_id"]
    )
    op.create_table(
        "access_requests",
        sa.Column("id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("rep_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_access_requests_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["reps.id"], name=op.f("fk_access_requests_decided_by")
        ),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_access_requests_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_requests_customer_id", "access_requests", ["customer_id"])
    _index(
        "uq_access_requests_open", "access_requests", ["rep_id", "customer_id"], OPEN, unique=True
    )


def _index(name: str, table: str, columns: list[str], where: str, unique: bool = False) -> None:
    some = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    """Refused while anything is merged: the older program could not tell who is who."""
    for table in RETIRED:
        count = f"SELECT count(*) FROM {table} WHERE merged_into_id IS NOT NULL"  # noqa: S608
        if op.get_bind().scalar(sa.text(count)):
            raise RuntimeError(f"take the merged {table} apart first")
    for table in ("access_requests", "customer_collaborators", "look_alikes", "merged_rows"):
        op.drop_table(table)
    op.drop_table("merges")
    op.drop_index("ix_addresses_tail", table_name="addresses")
    op.drop_column("addresses", "tail")
    for table in RETIRED:
        op.drop_index(f"ix_{table}_merged_into_id", table_name=table)
        op.drop_column(table, "merged_into_id")
