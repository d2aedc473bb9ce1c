"""Settings: `CRM_…` in the environment, over `crm.toml`, over the defaults below.

This is the only module that reads the environment. In `crm.toml` a setting is the same name
without `CRM_`, in lower case, at top level; `[[channel]]` blocks are channel accounts.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from crm_core import errors

KEY_FILE = "secret.key"
SHORTEST_KEY = 32


class BadSettings(errors.Unfit):
    """A setting cannot be used; the text says which, and what it should be."""


class Settings(BaseSettings):
    """Everything that may be set, with its default."""

    model_config = SettingsConfigDict(env_prefix="CRM_", extra="ignore")

    database_url: str = Field(
        "", description="sqlite:///path or postgresql://…; empty: in data_dir"
    )
    redis_url: str = Field("", description="Redis for several processes; empty: none needed")
    public_url: str = Field("", description="the address under which the internet reaches us")
    secret_key: str = Field("", description="any text of at least 32 characters; made on first run")
    data_dir: Path = Field(Path("data"), description="where the database file and the key live")
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="the port to listen on; 0 picks a free one")
    language: Literal["zh", "en"] = Field("zh", description="the company's language")
    timezone: str = Field("Asia/Shanghai", description="the company's IANA time zone")
    log_format: Literal["console", "json"] = Field("console", description="how logs are written")
    webhook_freshness: int = Field(300, ge=1, description="seconds a callback may be off")
    reply_hold: float = Field(5.0, ge=0, description="seconds a rep's reply waits for an undo")
    failpoint: str = Field("", description="for crash tests: where to die (crm_core/failpoints.py)")
    channel: list[dict[str, Any]] = Field(default_factory=list, description="[[channel]] blocks")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not an IANA time zone such as Asia/Shanghai") from None
        return name

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the file."""
        del dotenv_settings, file_secret_settings
        path = Path(os.environ.get("CRM_CONFIG", "crm.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)

    @property
    def database(self) -> str:
        """The database's URL, the default one made absolute."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'crm.db'}"

    @property
    def embedded(self) -> bool:
        """Whether we run on the default file and may look after its schema ourselves."""
        return self.database.startswith("sqlite")

    def secret(self) -> str:
        """The secret key: the configured one, or one made once and kept beside the database (0600).

        Raises BadSettings when it is too short, or missing where several machines must share it.
        """
        if self.secret_key:
            if len(self.secret_key) < SHORTEST_KEY:
                raise BadSettings("CRM_SECRET_KEY: needs at least 32 characters")
            return self.secret_key
        if not self.embedded:
            raise BadSettings("CRM_SECRET_KEY: must be set when the database is PostgreSQL")
        return _stored_key(self.data_dir / KEY_FILE)


def _stored_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text("ascii").strip()


def load(**overrides: Any) -> Settings:
    """The settings as they are now; raises BadSettings, in words, for any that cannot be used."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = [f"CRM_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise BadSettings("; ".join(faults)) from None
    except ValueError as error:
        raise BadSettings(f"crm.toml: {error}") from None
