"""Settings, all from environment variables that start with `PARTNERGRAPH_` (or a `.env` file)."""

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.attachments import TYPES

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}")
Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything an operator can set. Frozen: a change needs a restart."""

    model_config = SettingsConfigDict(
        env_prefix="PARTNERGRAPH_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default=Path("data"),
        description="Folder of the SQLite database, the server secret, the demo keys and files.",
    )
    database_url: str = Field(
        default="",
        description="`postgres://user:password@host:port/name`. Empty: SQLite in `data_dir`.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        description="Connections to PostgreSQL. SQLite has always two.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    secret: SecretStr | None = Field(
        default=None,
        description="Key of the API key hashes, 32 characters or more. Empty: a random one is made "
        "at first start and kept in `data_dir`.",
        min_length=32,
    )
    demo: bool = Field(
        default=False,
        description="Demo server: loads demo data and shows its keys in the explorer's "
        '"act as" menu. Never on data that matters.',
    )
    explorer: bool = Field(
        default=True,
        description="Serve GraphiQL at `/`, and allow introspection for everyone.",
    )
    cors_origins: Names = Field(
        default=(),
        description="Origins of portals, separated by commas, that browsers may call from, over "
        "HTTP and WebSocket. Empty: the same origin only.",
    )
    jwt_issuer: str = Field(default="", description="The `iss` that bearer tokens must carry.")
    jwt_audience: str = Field(default="", description="The `aud` that bearer tokens must carry.")
    jwt_jwks: str = Field(
        default="",
        description="Where the public keys of the token issuer are: an `https://` address or a "
        "file. Empty: bearer tokens are refused.",
    )
    jwt_algorithms: Names = Field(
        default=("RS256", "ES256"),
        description="Signature algorithms accepted in bearer tokens, separated by commas. "
        "Symmetric ones and `none` are refused at start.",
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, description="Largest HTTP body accepted, in bytes."
    )
    storage_url: str = Field(
        default="",
        description="Where files that are attached to content are kept: `file:///folder`, "
        "`s3://bucket/prefix`. Empty: the folder `files` in `data_dir`.",
    )
    max_attachment_bytes: int = Field(
        default=26_214_400,
        ge=1024,
        le=2_147_483_647,
        description="Largest file that is attached, in bytes.",
    )
    attachment_types: Names = Field(
        default=TYPES,
        description="Media types of files that may be attached, separated by commas.",
    )
    link_seconds: int = Field(
        default=600,
        ge=10,
        le=86_400,
        description="How long a signed address of a file or document opens, in seconds.",
    )
    max_document_tokens: int = Field(
        default=2000,
        ge=100,
        description="Largest GraphQL document accepted, in tokens.",
    )
    max_document_depth: int = Field(
        default=15,
        ge=3,
        description="Deepest nesting of fields accepted in a GraphQL document.",
    )
    max_document_cost: int = Field(
        default=500_000,
        ge=1000,
        description="Most values that the answer to a GraphQL document may have if its pages are "
        "full.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(
        default=False,
        description="Log lines as JSON, for a log collector; else for people.",
    )

    @field_validator("cors_origins", "jwt_algorithms", "attachment_types", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # Any page anywhere could otherwise read a demo's keys.
        if "*" in value:
            raise ValueError("name each origin, such as https://portal.example; * is refused")
        return value

    @field_validator("storage_url")
    @classmethod
    def _kept(cls, value: str) -> str:
        if value and not value.startswith(("file:///", "s3://")):
            raise ValueError("give file:///folder or s3://bucket/prefix")
        return value

    @field_validator("attachment_types")
    @classmethod
    def _plain_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if not _MEDIA_TYPE.fullmatch(name)]:
            raise ValueError(f"give media types such as application/pdf, not {wrong}")
        return value

    @field_validator("jwt_algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        refused = [name for name in value if name.startswith("HS") or name.lower() == "none"]
        if refused or not value:
            raise ValueError(f"JWT_ALGORITHMS must be asymmetric algorithms, not {refused}")
        return value

    @model_validator(mode="after")
    def _tokens_pinned(self) -> Self:
        if self.jwt_jwks and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("JWT_JWKS needs JWT_ISSUER and JWT_AUDIENCE: both are always checked")
        return self

    @property
    def resolved_database_url(self) -> str:
        """The database to open: the one set, or SQLite in the data folder."""
        return self.database_url or f"sqlite://{self.data_dir / 'partnergraph.sqlite3'}"

    @property
    def resolved_storage_url(self) -> str:
        """Where files are kept: the place that is set, or the folder in the data folder."""
        return self.storage_url or (self.data_dir.absolute() / "files").as_uri()
