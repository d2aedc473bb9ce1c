"""What one official account needs to be told."""

from __future__ import annotations

import base64
import binascii
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_ENCODED, _DECODED = 43, 32


class Settings(BaseModel):
    """The block of an official account (DESIGN §5.4); every value is in the vendor's console."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app_id: str = Field(min_length=1, max_length=64)
    secret: SecretStr = SecretStr("")
    token: SecretStr
    encoding_aes_key: SecretStr = SecretStr("")
    previous_aes_key: SecretStr = SecretStr("")
    mode: Literal["plain", "compat", "safe"] = "safe"
    open_platform: bool = False
    """The account is bound to an Open Platform account, so WeChat tells each follower's unionid."""
    api_base: str = "https://api.weixin.qq.com"

    @field_validator("token")
    @classmethod
    def _token_present(cls, token: SecretStr) -> SecretStr:
        if not token.get_secret_value():
            raise ValueError("must not be empty")
        return token

    @field_validator("encoding_aes_key", "previous_aes_key")
    @classmethod
    def _key_decodes(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if text:
            aes_key(text)
        return key

    @field_validator("api_base")
    @classmethod
    def _base_is_an_origin(cls, base: str) -> str:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("must be an http or https address")
        return base.rstrip("/")

    @model_validator(mode="after")
    def _key_for_cipher(self) -> Settings:
        if self.mode != "plain" and not self.encoding_aes_key.get_secret_value():
            raise ValueError(f"encoding_aes_key is needed in {self.mode} mode")
        return self


def aes_key(text: str) -> bytes:
    """The 32 bytes behind an EncodingAESKey; raises ValueError when it is not one."""
    try:
        key = base64.b64decode(text + "=", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(text) != _ENCODED or len(key) != _DECODED:
        raise ValueError("must be the 43 letters and digits from the console")
    return key
