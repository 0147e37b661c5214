"""Settings, all from environment variables that start with `PARTNERGRAPH_` (or a `.env` file)."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.attachments import TYPES

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}")
LONGEST_PAUSE = 7 * 86_400
Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything an operator can set. Frozen: a change needs a restart."""

    model_config = SettingsConfigDict(
        env_prefix="PARTNERGRAPH_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default=Path("data"),
        description="Folder for the SQLite database, the server secret, the demo keys and uploaded "
        "files.",
    )
    database_url: str = Field(
        default="",
        description="`postgres://user:password@host:port/name`. Empty: SQLite in `data_dir`.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        description="PostgreSQL connections in each process's pool, in addition to one reserved "
        "connection. SQLite always uses two.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Number of worker processes. More than one needs PostgreSQL.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    secret: SecretStr | None = Field(
        default=None,
        description="Secret used to hash API keys, at least 32 characters. Empty: a random one is "
        "generated at first start and stored in `data_dir`.",
        min_length=32,
    )
    demo: bool = Field(
        default=False,
        description="Demo server: loads demo data and shows its keys in the explorer's "
        '"act as" menu. Never use it with real data.',
    )
    production: bool = Field(
        default=False,
        description="Turn off the explorer, introspection, and suggestions in errors. Cannot be "
        "combined with `demo`.",
    )
    explorer: bool = Field(
        default=True,
        description="Serve GraphiQL at `/`, and allow introspection for everyone.",
    )
    cors_origins: Names = Field(
        default=(),
        description="Origins that browsers may call from over HTTP and WebSocket, separated by "
        "commas. Empty: the same origin only.",
    )
    jwt_issuer: str = Field(default="", description="The `iss` that bearer tokens must carry.")
    jwt_audience: str = Field(default="", description="The `aud` that bearer tokens must carry.")
    jwt_jwks: str = Field(
        default="",
        description="Location of the token issuer's public keys: an `https://` URL or a file. "
        "Empty: bearer tokens are rejected.",
    )
    jwt_algorithms: Names = Field(
        default=("RS256", "ES256"),
        description="Signature algorithms accepted in bearer tokens, separated by commas. "
        "Symmetric algorithms and `none` are rejected at start.",
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, description="Largest HTTP body accepted, in bytes."
    )
    storage_url: str = Field(
        default="",
        description="Where files attached to content are stored: `file:///folder` or "
        "`s3://bucket/prefix`. Empty: the folder `files` in `data_dir`.",
    )
    max_attachment_bytes: int = Field(
        default=26_214_400,
        ge=1024,
        le=2_147_483_647,
        description="Largest file that may be attached, in bytes.",
    )
    attachment_types: Names = Field(
        default=TYPES,
        description="Media types of files that may be attached, separated by commas.",
    )
    link_seconds: int = Field(
        default=600,
        ge=10,
        le=86_400,
        description="How long a signed URL of a file or document is valid, in seconds.",
    )
    max_sockets_per_actor: int = Field(
        default=1000,
        ge=0,
        description="Maximum number of WebSockets and event streams that one person or app may "
        "have open at the same time, per process. 0: no limit.",
    )
    max_sockets_per_address: int = Field(
        default=5000,
        ge=0,
        description="The same for one client address. Behind a proxy, all clients have the address "
        "of the proxy, unless it is in `trusted_proxies`.",
    )
    max_connections_per_address: int = Field(
        default=6000,
        ge=0,
        description="Maximum number of connections of any kind from one address at the same time, "
        "per process. Proxies in `trusted_proxies` are exempt. 0: no limit.",
    )
    max_subscriptions_per_actor: int = Field(
        default=1000,
        ge=0,
        description="Maximum number of operations that one person or app may run at the same time "
        "over WebSockets and event streams, per process. 0: no limit.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of proxies, separated by commas, whose "
        "`X-Forwarded-For` header is trusted. Empty: none.",
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
        description="Maximum number of values that the response to a GraphQL document may contain "
        "if its pages are full.",
    )
    cost_budget: int = Field(
        default=2_000_000,
        ge=0,
        description="Size of an actor's cost budget, in values, per process. 0: no budget.",
    )
    cost_restore: int = Field(
        default=50_000,
        ge=1,
        description="Values restored to an actor's budget each second.",
    )
    operation_timeout_seconds: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="How long a query or a mutation may run before it is cancelled, in seconds.",
    )
    clock_tolerance_seconds: float = Field(
        default=5,
        ge=0,
        le=300,
        description="How far ahead of the server's clock the time of a fact or a payment may be, "
        "in seconds. Such a time is stored as the current time.",
    )
    trusted_documents: Literal["off", "log", "enforce"] = Field(
        default="off",
        description="What to do with documents that are not in the manifest: accept, log or reject "
        "them.",
    )
    trusted_documents_file: Path | None = Field(
        default=None,
        description="The manifest of trusted documents: a JSON file that maps SHA-256 to text.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Bearer token for `/metrics`, at least 16 characters. Empty: `/metrics` is "
        "turned off.",
        min_length=16,
    )
    ready_lag_seconds: int = Field(
        default=0,
        ge=0,
        description="`/readyz` fails once an event has waited longer than this for its number, in "
        "seconds. 0: the wait is only reported.",
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=300,
        description="How long a process that is stopping continues to serve while `/readyz` fails, "
        "in seconds.",
    )
    tracing: bool = Field(
        default=False,
        description="Send traces by OTLP over HTTP; the standard `OTEL_*` variables set the "
        "destination.",
    )
    webhook_endpoints_per_partner: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="Maximum number of webhook endpoints for each partner, and for the vendor "
        "itself.",
    )
    webhook_schedule: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400),
        description="Pauses between attempts to deliver a webhook, in seconds, separated by "
        "commas. After the last attempt the delivery is abandoned.",
        min_length=1,
        max_length=30,
    )
    webhook_timeout_seconds: int = Field(
        default=15,
        ge=1,
        le=60,
        description="How long one attempt may take, from the DNS lookup to the response, in "
        "seconds.",
    )
    webhook_disable_days: int = Field(
        default=5,
        ge=1,
        le=60,
        description="An endpoint is disabled once all attempts have failed for this many days.",
    )
    webhook_secret_overlap_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="How long an endpoint's previous secret still signs alongside the new one, in "
        "hours.",
    )
    webhook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Private networks that webhooks may be sent to, such as `10.1.0.0/16`, "
        "separated by commas. Empty: public addresses only.",
    )
    event_retention_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days after which events are deleted, with their webhook deliveries. 0: never.",
    )
    idempotency_key_retention_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days after which idempotency keys are deleted. Repeating a call with a "
        "deleted key runs it again. 0: never.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(
        default=False,
        description="Write log lines as JSON, for a log collector, instead of readable text.",
    )
    log_request_share: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="The share of requests that are logged, from 0 to 1. Requests that end with an "
        "error status, or take a second or longer, are always logged.",
    )

    @field_validator(
        *("cors_origins", "jwt_algorithms", "attachment_types"),
        *("webhook_schedule", "webhook_networks", "trusted_proxies"),
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _no_wildcard(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # Any page anywhere could otherwise read a demo's keys.
        if "*" in value:
            raise ValueError("list each origin, such as https://portal.example; * is not allowed")
        return value

    @field_validator("storage_url")
    @classmethod
    def _storage_scheme(cls, value: str) -> str:
        if value and not value.startswith(("file:///", "s3://")):
            raise ValueError("give file:///folder or s3://bucket/prefix")
        return value

    @field_validator("attachment_types")
    @classmethod
    def _plain_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if not _MEDIA_TYPE.fullmatch(name)]:
            raise ValueError(f"give media types such as application/pdf, not {wrong}")
        return value

    @field_validator("webhook_schedule")
    @classmethod
    def _pauses(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if wrong := [seconds for seconds in value if not 1 <= seconds <= LONGEST_PAUSE]:
            raise ValueError(f"give pauses of 1 to {LONGEST_PAUSE} seconds, not {wrong}")
        return value

    @field_validator("jwt_algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        refused = [name for name in value if name.startswith("HS") or name.lower() == "none"]
        if refused or not value:
            raise ValueError(f"JWT_ALGORITHMS must list asymmetric algorithms, not {refused}")
        return value

    @model_validator(mode="after")
    def _issuer_and_audience_given(self) -> Self:
        if self.jwt_jwks and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("JWT_JWKS needs JWT_ISSUER and JWT_AUDIENCE: both are always checked")
        return self

    @model_validator(mode="after")
    def _closed_in_production(self) -> Self:
        if self.production and self.demo:
            raise ValueError("PRODUCTION and DEMO cannot be combined: a demo shows its keys")
        return self

    @model_validator(mode="after")
    def _budget_suffices(self) -> Self:
        if 0 < self.cost_budget < self.max_document_cost:
            raise ValueError(
                "COST_BUDGET must be 0 or at least MAX_DOCUMENT_COST; otherwise the largest "
                "documents can never run"
            )
        return self

    @model_validator(mode="after")
    def _manifest_given(self) -> Self:
        if self.trusted_documents != "off" and self.trusted_documents_file is None:
            raise ValueError("TRUSTED_DOCUMENTS needs TRUSTED_DOCUMENTS_FILE")
        return self

    @property
    def clock_tolerance(self) -> timedelta:
        """How far ahead of the server's clock the time of something past may be."""
        return timedelta(seconds=self.clock_tolerance_seconds)

    @property
    def shows_schema(self) -> bool:
        """Whether the explorer is served and introspection is allowed."""
        return self.explorer and not self.production

    @property
    def resolved_database_url(self) -> str:
        """The URL of the database: the configured one, or SQLite in the data folder."""
        return self.database_url or f"sqlite://{self.data_dir / 'partnergraph.sqlite3'}"

    @property
    def resolved_storage_url(self) -> str:
        """The URL where files are stored: the configured one, or a folder in the data folder."""
        return self.storage_url or (self.data_dir.absolute() / "files").as_uri()
