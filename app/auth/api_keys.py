"""API keys `pg_<public id>.<secret>`: shown once, kept as a keyed hash."""

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.auth.actor import Actor, Admitted
from app.auth.audit_trail import record
from app.auth.people import COLUMNS, actor_of, as_time, as_uuid, require_active_partner
from app.auth.refusal import Reason, Unauthenticated
from app.domain.clock import Clock, real_clock
from app.domain.identity import Role, Scope
from app.persistence.database import Database
from app.persistence.models import ApiKey
from app.persistence.sql import bind, in_list

PREFIX = "pg_"
_FORM = re.compile(r"pg_([0-9a-z]{1,32})\.([A-Za-z0-9_-]{20,128})")
_FOUND = f"""
    SELECT k.id AS key_id, k.secret_hash AS secret_hash, k.name AS key_name, k.role AS key_role,
        k.scopes AS scopes, k.partner_id AS key_partner_id, k.expires_at AS expires_at,
        k.revoked_at AS revoked_at, {COLUMNS}
    FROM api_key k
    LEFT JOIN vendor_user v ON v.id = k.vendor_user_id
    LEFT JOIN advisor a ON a.id = k.advisor_id
    LEFT JOIN client_user u ON u.id = k.client_user_id
    LEFT JOIN client c ON c.id = u.client_id
    LEFT JOIN partner p ON p.id = COALESCE(a.partner_id, u.partner_id, k.partner_id)
    WHERE
"""
_PERSON_COLUMN = {
    Role.VENDOR_ADMIN: "vendor_user_id",
    Role.VENDOR_ANALYST: "vendor_user_id",
    Role.PARTNER_ADMIN: "advisor_id",
    Role.ADVISOR: "advisor_id",
    Role.CLIENT_USER: "client_user_id",
}
# Who may have a key.
KEY_ROLES = (Role.APP, *_PERSON_COLUMN)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to make: for a person, or for an APP of a partner (of the vendor, without one)."""

    name: str
    role: Role
    person_id: UUID | None = None
    partner_id: UUID | None = None
    scopes: frozenset[Scope] = frozenset()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A key that was made. `text` is the whole key: it can be shown now and never again."""

    id: UUID
    public_id: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key later."""

    public_id: str
    name: str
    role: Role
    scopes: tuple[Scope, ...]
    partner: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def create_key(database: Database, clock: Clock, secret: bytes, new: NewKey) -> CreatedKey:
    """Make a key. Raises ValueError with a sentence if role, person and scopes do not fit.

    `secret` is the server's.
    """
    _check(new, real_clock(clock).now())
    public_id = secrets.token_hex(8)
    text = f"{PREFIX}{public_id}.{secrets.token_urlsafe(32)}"
    person: dict[str, Any] = {}
    if new.person_id:
        person[_PERSON_COLUMN[new.role]] = new.person_id

    async def unit() -> UUID:
        now = clock.now()
        row = await ApiKey.create(
            public_id=public_id,
            secret_hash=key_hash(secret, text),
            name=new.name,
            role=new.role,
            scopes=sorted(new.scopes),
            partner_id=new.partner_id,
            created_at=now,
            expires_at=new.expires_at,
            **person,
        )
        await _audit("createApiKey", row, now)
        return row.id

    return CreatedKey(await database.transaction(unit), public_id, text)


async def revoke_key(database: Database, clock: Clock, public_id: str) -> bool:
    """Revoke a key, named by its public id or whole. False if there is no live one of that name."""
    name = public_id.removeprefix(PREFIX).partition(".")[0]

    async def unit() -> bool:
        now = clock.now()
        live = ApiKey.filter(public_id=name, revoked_at=None)
        if not await live.update(revoked_at=now):
            return False
        await _audit("revokeApiKey", await ApiKey.get(public_id=name), now)
        return True

    return await database.transaction(unit)


async def list_keys(database: Database) -> list[KeyInfo]:
    """All keys, newest first."""
    sql, values = bind(
        """SELECT k.public_id, k.name, k.role, k.scopes, k.created_at, k.expires_at, k.revoked_at,
            p.slug AS partner FROM api_key k
            LEFT JOIN advisor a ON a.id = k.advisor_id
            LEFT JOIN client_user u ON u.id = k.client_user_id
            LEFT JOIN partner p ON p.id = COALESCE(a.partner_id, u.partner_id, k.partner_id)
            ORDER BY k.created_at DESC, k.id DESC""",
        {},
        database.dialect,
    )
    rows = await database.read(lambda: database.rows(sql, values))
    return [
        KeyInfo(
            row["public_id"],
            row["name"],
            Role(row["role"]),
            tuple(_scopes(row)),
            row["partner"],
            as_time(row["created_at"]),  # type: ignore[arg-type]
            as_time(row["expires_at"]),
            as_time(row["revoked_at"]),
        )
        for row in rows
    ]


async def verify_key(database: Database, clock: Clock, secret: bytes, text: str) -> Actor:
    """The actor that a key represents. Raises Unauthenticated with the reason."""
    return (await admit_key(database, clock, secret, text)).actor


async def admit_key(database: Database, clock: Clock, secret: bytes, text: str) -> Admitted:
    """The same, with how long it is let in."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise Unauthenticated(Reason.KEY_UNKNOWN)
    named = {"public_id": match.group(1)}
    sql, values = bind(f"{_FOUND} k.public_id = :public_id", named, database.dialect)
    rows = await database.read(lambda: database.rows(sql, values))
    # An unknown id costs the same work as a wrong secret, and gets the same answer.
    kept = rows[0]["secret_hash"] if rows else "0" * 64
    if not hmac.compare_digest(key_hash(secret, text), kept) or not rows:
        raise Unauthenticated(Reason.KEY_UNKNOWN)
    return _admitted(rows[0], clock)


async def verified_keys(
    database: Database, clock: Clock, ids: Collection[UUID]
) -> dict[UUID, Admitted | Unauthenticated]:
    """The actors that keys represent now, or why not, by one statement.

    They are named by their ids: whoever asks has verified them before.
    """
    condition = in_list("k.id", "ids", database.dialect)
    sql, values = bind(f"{_FOUND} {condition}", {"ids": list(ids)}, database.dialect)
    rows = await database.read(lambda: database.rows(sql, values))
    found: dict[UUID | None, Admitted | Unauthenticated] = {}
    for row in rows:
        try:
            found[as_uuid(row["key_id"])] = _admitted(row, clock)
        except Unauthenticated as refusal:
            found[as_uuid(row["key_id"])] = refusal
    gone = Unauthenticated(Reason.KEY_UNKNOWN)
    return {id: found.get(id, gone) for id in ids}


def key_hash(secret: bytes, text: str) -> str:
    """What is kept of a key. `secret` is the server's."""
    return hmac.digest(secret, text.encode(), "sha256").hex()


def _admitted(row: Mapping[str, Any], clock: Clock) -> Admitted:
    if row["revoked_at"] is not None:
        raise Unauthenticated(Reason.KEY_REVOKED)
    expires_at = as_time(row["expires_at"])
    if expires_at is not None and expires_at <= real_clock(clock).now():
        raise Unauthenticated(Reason.KEY_EXPIRED)
    return Admitted(_actor(row, clock), expires_at)


def _actor(row: Mapping[str, Any], clock: Clock) -> Actor:
    key_id = as_uuid(row["key_id"])
    if row["key_role"] != Role.APP:
        return actor_of(row, clock.now(), key_id)
    if row["key_partner_id"] is not None:
        require_active_partner(row)
    return Actor(
        Role.APP,
        partner_id=as_uuid(row["key_partner_id"]),
        api_key_id=key_id,
        scopes=frozenset(_scopes(row)),
        name=row["key_name"],
    )


def _check(new: NewKey, now: datetime) -> None:
    if not 1 <= len(new.name) <= 120:
        raise ValueError("Give the key a name of 1 to 120 characters.")
    if new.expires_at is not None and new.expires_at <= now:
        raise ValueError("A key must expire in the future.")
    if new.role is Role.APP:
        if new.person_id is not None or not new.scopes:
            raise ValueError("A key of an app names at least one scope, and no person.")
    elif new.role not in _PERSON_COLUMN:
        raise ValueError(f"There are no keys for {new.role}: it needs none.")
    elif new.person_id is None or new.scopes or new.partner_id is not None:
        raise ValueError("A key of a person names that person, and neither scopes nor a partner.")


def _scopes(row: Mapping[str, Any]) -> list[Scope]:
    kept = row["scopes"]
    names = orjson.loads(kept) if isinstance(kept, (str, bytes)) else kept
    # A scope that this release no longer knows gives nothing.
    return [Scope(name) for name in names if name in Scope.__members__]


async def _audit(action: str, key: ApiKey, now: datetime) -> None:
    # Keys are made at the command line, by the operator who runs the server for the vendor.
    await record(
        action,
        at=now,
        actor_role=Role.VENDOR_ADMIN,
        partner_id=key.partner_id,  # type: ignore[attr-defined]
        subject_id=key.id,
        correlation_id="command-line",
        input={"publicId": key.public_id, "name": key.name, "role": key.role},
    )
