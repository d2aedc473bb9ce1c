"""The database and its two doors: `run` for a transaction, `read` for looking only.

Everything behind the doors is plain functions on a SQLAlchemy `Session`. On SQLite they run in the
one writer thread (WAL, BEGIN IMMEDIATE, synchronous=FULL: an acknowledged commit survives a power
cut) or in one of a few reader threads; on PostgreSQL they run on asyncpg through `run_sync`.

Work that wants others to look at something after the commit adds a topic with `wake`.
"""

from __future__ import annotations

import abc
import asyncio
import contextvars
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext import asyncio as sa_asyncio

P = ParamSpec("P")
T = TypeVar("T")
Listener = Callable[[frozenset[str]], None]

READERS = 3
POOL = 12
"""PostgreSQL connections of one process; ten processes fit a default server's hundred."""


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text as both databases keep it: without NUL, U+FFFD for halves of broken pairs.

    PostgreSQL cannot store NUL, and neither driver can encode a lone surrogate; both arrive from
    outside, since JSON can spell them.
    """
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text)


class Text(sa.types.TypeDecorator[str]):
    """Words of at most `limit` characters, or of any length; see `storable`.

    `ordered` ones compare by code point on both databases, whatever the server's language.
    """

    impl = sa.String
    cache_ok = True

    def __init__(self, limit: int | None = None, *, ordered: bool = False) -> None:
        super().__init__()
        self.limit, self.ordered = limit, ordered
        impl = sa.String(limit) if limit else sa.Text()
        if ordered:
            impl = impl.with_variant(sa.String(limit, collation="C"), "postgresql")
        self.impl = impl  # type: ignore[assignment]

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else storable(value)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, stored in UTC (without its zone on SQLite). Naive values are refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a column of this type holds."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(sa.types.TypeDecorator[Decimal]):
    """An exact amount, kept as whole hundredths: sums and comparisons agree on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        """What a column of this type holds."""
        return Decimal

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        return int((Decimal(value) * 100).to_integral_value(ROUND_HALF_EVEN))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(Decimal("0.01"))


BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True)


class Base(orm.DeclarativeBase):
    """All tables of all packages; `crm_core/migrations` creates them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        int: BigInt,
        str: Text(),
        datetime: UtcDateTime(),
        date: sa.Date(),
        Decimal: Money(),
        bytes: sa.LargeBinary(),
        dict[str, Any]: Json,
        list[str]: Json,
        list[Any]: Json,
    }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"


def wake(session: orm.Session, topic: str) -> None:
    """After this transaction commits (and only then), tell those who wait on `topic`."""
    session.info.setdefault("topics", set()).add(topic)


def insert(session: orm.Session, model: Any) -> Any:
    """The dialect's INSERT, the one that knows `on_conflict_do_nothing`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


@event.listens_for(sa.Table, "after_parent_attach")
def _never_reuse_ids(table: sa.Table, _metadata: sa.MetaData) -> None:
    # People say "#12": the number of a deleted customer must not come back as another one.
    table.dialect_options["sqlite"]["autoincrement"] = True


def is_away(error: BaseException) -> bool:
    """Whether the error means "the database cannot work now" rather than a defect of ours."""
    if isinstance(error, sa.exc.DBAPIError):
        # By code: both drivers raise the same classes for a full disk and for a misspelt column.
        lite = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or lite in _LITE_AWAY or state.startswith(_PG_AWAY)
    return isinstance(error, sa.exc.TimeoutError | ConnectionError | TimeoutError)


def is_conflict(error: BaseException) -> bool:
    """Whether two transactions met on the same records: doing the same work again is the answer."""
    if isinstance(error, sa.exc.DBAPIError):
        return getattr(error.orig, "sqlstate", None) in _PG_CONFLICT
    return isinstance(error, orm.exc.StaleDataError)


_PG_CONFLICT = frozenset({"40001", "40P01"})  # serialisation failure, deadlock
_LITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
# Connection lost, out of resources, shut down or starting up, a fault of the server's machine,
# and a login or a database that does not exist (any more).
_PG_AWAY = ("08", "28", "3D", "53", "57P", "58")


class Database(abc.ABC):
    """One database behind two doors. Get one from `open_database`."""

    dialect: str

    def __init__(self, url: str) -> None:
        self.url = url
        self.listeners: list[Listener] = []

    async def run(
        self, work: Callable[Concatenate[orm.Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `work(session, …)` in one transaction and return its result after the commit.

        Anything `work` raises rolls everything back and reaches the caller.
        """
        topics: set[str] = set()

        def collecting(session: orm.Session) -> T:
            session.info["topics"] = topics
            topics.clear()
            return work(session, *args, **kwargs)

        result = await self._transact(collecting)
        if topics:
            for listener in self.listeners:
                listener(frozenset(topics))
        return result

    async def read(
        self, work: Callable[Concatenate[orm.Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `work(session, …)` on a consistent snapshot, on a connection that cannot write."""
        return await self._look(lambda session: work(session, *args, **kwargs))

    @abc.abstractmethod
    async def close(self) -> None:
        """Wait for the work in hand and let all connections go."""

    @abc.abstractmethod
    async def _transact(self, work: Callable[[orm.Session], T]) -> T: ...

    @abc.abstractmethod
    async def _look(self, work: Callable[[orm.Session], T]) -> T: ...


class SqliteDatabase(Database):
    """One file, one writer thread, a few reader threads, on the standard library's driver.

    Awaiting each statement over a thread hop (aiosqlite) measured three times slower.
    """

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        path = make_url(url).database
        if not path or path == ":memory:":
            raise ValueError("SQLite needs a file: sqlite:///path/to/crm.db")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._engines = [sqlite_engine(url), sqlite_engine(url, read_only=True)]
        self._writer = ThreadPoolExecutor(1, "db-writer")
        self._readers = ThreadPoolExecutor(READERS, "db-reader")

    async def _transact(self, work: Callable[[orm.Session], T]) -> T:
        return await self._in(self._writer, partial(_in_session, self._engines[0], work))

    async def _look(self, work: Callable[[orm.Session], T]) -> T:
        return await self._in(self._readers, partial(_in_session, self._engines[1], work))

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(pool, context.run, work)

    async def close(self) -> None:
        """Wait for the work in hand and let all connections go."""
        for pool in (self._writer, self._readers):
            await asyncio.to_thread(pool.shutdown)
        for engine in self._engines:
            engine.dispose()


def _in_session(engine: sa.Engine, work: Callable[[orm.Session], T]) -> T:
    with orm.Session(engine, expire_on_commit=False) as session, session.begin():
        return work(session)


SNAPSHOT = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


class PostgresDatabase(Database):
    """A PostgreSQL server, reached with asyncpg; the sync core runs inside `run_sync`."""

    dialect = "postgresql"

    def __init__(self, url: str, pool: int = POOL) -> None:
        super().__init__(url)
        self._engine = postgres_engine(url, pool)

    async def _transact(self, work: Callable[[orm.Session], T]) -> T:
        async with self._session() as session, session.begin():
            return await session.run_sync(work)

    async def _look(self, work: Callable[[orm.Session], T]) -> T:
        def looking(session: orm.Session) -> T:
            session.connection(execution_options=SNAPSHOT)
            return work(session)

        async with self._session() as session, session.begin():
            return await session.run_sync(looking)

    def _session(self) -> sa_asyncio.AsyncSession:
        return sa_asyncio.AsyncSession(self._engine, expire_on_commit=False)

    async def close(self) -> None:
        """Let all connections go."""
        await self._engine.dispose()


def open_database(url: str) -> Database:
    """The database at `sqlite:///path` or `postgresql://…`; ValueError for any other kind."""
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        return SqliteDatabase(url)
    if backend in ("postgresql", "postgres"):
        return PostgresDatabase(url)
    raise ValueError(f"unknown kind of database: {backend}")


def sqlite_engine(url: str, *, read_only: bool = False) -> sa.Engine:
    """An engine whose transactions are explicit: BEGIN IMMEDIATE to write, plain BEGIN to read."""
    engine = sa.create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"),
        poolclass=sa.pool.QueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 30},
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in _pragmas(read_only):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _pragmas(read_only: bool) -> tuple[str, ...]:
    # FULL, not NORMAL: in WAL mode NORMAL may lose the last commits when the power goes.
    always = ("busy_timeout=30000", "foreign_keys=ON", "cache_size=-16000")
    if read_only:
        return (*always, "query_only=ON")
    return ("journal_mode=WAL", "synchronous=FULL", *always)


def postgres_engine(url: str, pool: int = POOL) -> sa_asyncio.AsyncEngine:
    """An asyncpg engine that insists on synchronous commits and on UTC."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    return sa_asyncio.create_async_engine(
        address,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=False,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "async_creator_fn": _connect,
            "server_settings": {
                "synchronous_commit": "on",
                "timezone": "UTC",
                "application_name": "huihua",
            },
        },
    )


async def _connect(*args: Any, **kwargs: Any) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(*args, **kwargs)
    except OSError as error:
        # Also when a socket's file is missing, which alone would not tell that it was a socket.
        raise ConnectionError(f"no connection to PostgreSQL: {error}") from error
