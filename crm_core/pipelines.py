"""Pipelines and their stages. A fresh database has the default one (DESIGN §5.6)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database, errors

DEFAULT = "default"
DEFAULT_STAGES = (
    ("contacted", "初步接触", "Contacted", 10, "open"),
    ("qualified", "需求确认", "Qualified", 25, "open"),
    ("proposal", "报价", "Proposal", 50, "open"),
    ("negotiation", "谈判", "Negotiation", 75, "open"),
    ("won", "赢单", "Won", 100, "won"),
    ("lost", "输单", "Lost", 0, "lost"),
)


class Stage(database.Base):
    """One step of a pipeline. `outcome` is open, won or lost; `probability` in per cent."""

    __tablename__ = "stages"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    pipeline: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    key: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    name_zh: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    name_en: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    probability: orm.Mapped[int]
    outcome: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    position: orm.Mapped[int]

    __table_args__ = (sa.UniqueConstraint("pipeline", "key"),)


def ensure_default(session: orm.Session) -> None:
    """Create the default pipeline if there is none; harmless to repeat."""
    if session.scalar(sa.select(Stage.id).where(Stage.pipeline == DEFAULT).limit(1)) is not None:
        return
    session.add_all(
        Stage(
            pipeline=DEFAULT,
            key=key,
            name_zh=zh,
            name_en=en,
            probability=probability,
            outcome=outcome,
            position=position,
        )
        for position, (key, zh, en, probability, outcome) in enumerate(DEFAULT_STAGES)
    )
    session.flush()


# Built once: for every command, building a statement would cost more than running it.
_STAGES = (
    sa.select(Stage).where(Stage.pipeline == sa.bindparam("pipeline")).order_by(Stage.position)
)


def stages(session: orm.Session, pipeline: str = DEFAULT) -> Sequence[Stage]:
    """The stages of a pipeline in order, read once by a session."""
    known: dict[str, Sequence[Stage]] = session.info.setdefault("stages", {})
    if not known.get(pipeline):
        known[pipeline] = session.scalars(_STAGES, {"pipeline": pipeline}).all()
    return known[pipeline]


def stage(session: orm.Session, key: str, pipeline: str = DEFAULT) -> Stage:
    """The stage of that key; raises NotFound stage.unknown with the known names."""
    known = stages(session, pipeline)
    for candidate in known:
        if candidate.key == key:
            return candidate
    raise errors.NotFound("stage.unknown", key=key, known=[s.key for s in known])
