"""search: one index of customers and of all that is said and noted, on both databases

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TRIGGERS = {
    "insert": ("AFTER INSERT", ("new",)),
    "delete": ("AFTER DELETE", ("old",)),
    "update": ("AFTER UPDATE OF id, tokens", ("old", "new")),
}
SAID = {
    "new": "INSERT INTO search_words (rowid, tokens) VALUES (new.id, new.tokens);",
    "old": "INSERT INTO search_words (search_words, rowid, tokens)"
    " VALUES ('delete', old.id, old.tokens);",
}


def upgrade() -> None:
    """The table, and what makes it quick; a job fills it with what is there already."""
    op.create_table(
        "search_entries",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("record_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column(
            "tokens", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_search_entries_kind_record_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_entries_customer_id", "search_entries", ["customer_id"])
    if op.get_bind().dialect.name == "sqlite":
        _fts5()
    else:
        # The list of what is not sorted in yet is read by every search, so it is kept short.
        op.execute(
            "CREATE INDEX ix_search_entries_tokens ON search_entries USING gin (tokens) "
            "WITH (gin_pending_list_limit = 256)"
        )
    op.execute(
        "INSERT INTO jobs (kind, payload, state, run_at, attempts, last_error, created_at) "
        "SELECT 'search.rebuild', '{}', 'ready', CURRENT_TIMESTAMP, 0, '', CURRENT_TIMESTAMP "
        "WHERE EXISTS (SELECT 1 FROM customers) OR EXISTS (SELECT 1 FROM messages)"
    )


def _fts5() -> None:
    # The words stand in our own table, since this FTS5 forgets a row only when told its words.
    # Our tokens hold no ASCII but letters and digits: "ascii" keeps each as it is.
    op.execute(
        "CREATE VIRTUAL TABLE search_words USING fts5(tokens, content='search_entries', "
        "content_rowid='id', tokenize='ascii', columnsize=0)"
    )
    for name, (when, rows) in TRIGGERS.items():
        said = " ".join(SAID[row] for row in rows)
        op.execute(
            f"CREATE TRIGGER search_entries_{name} {when} ON search_entries BEGIN {said} END"
        )


def downgrade() -> None:
    """Without the index; nothing is lost that is not in the records themselves."""
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER search_entries_{name}")
        op.execute("DROP TABLE search_words")
    op.drop_table("search_entries")
    op.execute("DELETE FROM jobs WHERE kind = 'search.rebuild'")
