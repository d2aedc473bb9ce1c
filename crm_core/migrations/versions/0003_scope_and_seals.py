"""scope of people, teams under teams, where a change came from, and the sealed chain of changes

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ERASED = '"*erased"'
"""What the contents of a change become when a person is erased; the seal on them is kept."""
HEADER = ("id", "rep_id", "actor", "cause", "command", "kind", "source", "customer_id", "at")
FIXED = {
    "changes": ("id", "change_set_id", "record", "record_id", "field"),
    "change_sets": (*HEADER, "undoes_id"),
    "audit_seals": ("id", "change_set_id", "content", "hash"),
}


def upgrade() -> None:
    """New tables and columns; then nothing that was written down can be changed any more."""
    op.create_table(
        "teams",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["teams.id"], name=op.f("fk_teams_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_teams_parent_id", "teams", ["parent_id"])
    lite = op.get_bind().dialect.name == "sqlite"
    # In SQL, since SQLite adds a column with a reference, but Alembic does not let it.
    number = "INTEGER" if lite else "BIGINT CONSTRAINT fk_reps_manager_id"
    op.execute(f"ALTER TABLE reps ADD COLUMN manager_id {number} REFERENCES reps (id)")
    op.create_index("ix_reps_manager_id", "reps", ["manager_id"])
    op.create_index("ix_reps_team", "reps", ["team"])
    op.add_column("reps", _words("scope", 16))
    op.add_column("change_sets", _words("kind", 16, "change"))
    op.add_column("change_sets", _words("source", 80))
    op.create_index(
        "ix_change_sets_not_changes",
        "change_sets",
        ["rep_id", "at"],
        sqlite_where=sa.text("kind <> 'change'"),
        postgresql_where=sa.text("kind <> 'change'"),
    )
    op.create_table(
        "audit_seals",
        sa.Column("id", BIG, nullable=False),
        sa.Column("change_set_id", BIG, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("change_set_id", name=op.f("uq_audit_seals_change_set_id")),
        sqlite_autoincrement=True,
    )
    for statement in _guards_of_sqlite() if lite else _guards_of_postgresql():
        op.execute(statement)


def _words(name: str, limit: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=limit), nullable=False, server_default=default)


def _allowed(table: str, same: str) -> str:
    """What an update of a row may do; `same` compares two values, of which both may be NULL."""
    kept = [f"NEW.{name} {same} OLD.{name}" for name in FIXED[table]]
    if table == "changes":
        as_text = "CAST(NEW.{0} AS text)" if same != "IS" else "NEW.{0}"
        for name in ("old", "new"):
            value = as_text.format(name)
            kept.append(f"({value} = '{ERASED}' OR {value} IS NULL AND OLD.{name} IS NULL)")
    elif table == "change_sets":
        kept.append(f"(NEW.summary {same} OLD.summary OR NEW.summary = '')")
    else:
        kept.append("NEW.salt IS NULL")
    return " AND ".join(kept)


def _guards_of_sqlite() -> list[str]:
    made = []
    for table in FIXED:
        refuse = f"SELECT RAISE(ABORT, '{table} can only be added to')"
        made.append(
            f"CREATE TRIGGER {table}_keep_update BEFORE UPDATE ON {table} "
            f"WHEN NOT ({_allowed(table, 'IS')}) BEGIN {refuse}; END"
        )
        made.append(
            f"CREATE TRIGGER {table}_keep_delete BEFORE DELETE ON {table} BEGIN {refuse}; END"
        )
    return made


def _guards_of_postgresql() -> list[str]:
    refuse = "BEGIN RAISE EXCEPTION '% can only be added to', TG_TABLE_NAME; END"
    made = [f"CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$"]
    for table in FIXED:
        allowed = _allowed(table, "IS NOT DISTINCT FROM")
        made.append(
            f"CREATE TRIGGER {table}_keep_update BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (NOT ({allowed})) EXECUTE FUNCTION audit_only_grows()"
        )
        made.append(
            f"CREATE TRIGGER {table}_keep_delete BEFORE DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION audit_only_grows()"
        )
        made.append(
            f"CREATE TRIGGER {table}_keep_truncate BEFORE TRUNCATE ON {table} "
            "EXECUTE FUNCTION audit_only_grows()"
        )
    return made


def downgrade() -> None:
    """Without the chain and the scopes; what was changed, and by whom, is kept."""
    lite = op.get_bind().dialect.name == "sqlite"
    for table in FIXED:
        for kind in ("update", "delete") if lite else ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_keep_{kind}" + ("" if lite else f" ON {table}"))
    if not lite:
        op.execute("DROP FUNCTION audit_only_grows()")
    op.drop_table("audit_seals")
    op.drop_index("ix_change_sets_not_changes", table_name="change_sets")
    op.drop_column("change_sets", "source")
    op.drop_column("change_sets", "kind")
    op.drop_column("reps", "scope")
    op.drop_index("ix_reps_team", table_name="reps")
    op.drop_index("ix_reps_manager_id", table_name="reps")
    op.drop_column("reps", "manager_id")
    op.drop_table("teams")
