"""The terminal needs no settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Empty on purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True)
