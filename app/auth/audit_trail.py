"""The audit trail: the one place where entries are written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from app.domain.audit import FIELDS, GENESIS, Anchor, link_hash
from app.domain.identity import Role
from app.persistence.database import WRITER
from app.persistence.models import AuditEntry

# Any number, as long as nothing else in the database takes the lock of the same name.
_CHAIN_LOCK = 4_707_263


async def record(
    action: str,
    *,
    at: datetime,
    actor_role: Role,
    actor_id: UUID | None = None,
    api_key_id: UUID | None = None,
    partner_id: UUID | None = None,
    subject_id: UUID | None,
    correlation_id: str,
    input: Mapping[str, Any],
) -> None:
    """Add an entry to the end of the chain, as the last thing that the open unit of work does.

    Last, because the end of the chain is locked until the unit ends: whoever took another lock
    afterwards could wait for somebody who waits for this one. `input` holds plain JSON values.
    """
    await _lock_chain()
    end = await chain_end()
    entry = AuditEntry(
        number=end.number + 1,
        at=at,
        actor_role=actor_role,
        actor_id=actor_id,
        api_key_id=api_key_id,
        action=action,
        partner_id=partner_id,
        subject_id=subject_id,
        correlation_id=correlation_id,
        input=dict(input),
    )
    entry.hash = link_hash({name: getattr(entry, name) for name in FIELDS}, end.hash)
    await entry.save(force_create=True)


async def chain_end() -> Anchor:
    """The last entry's number and hash; number 0 if there is none."""
    last = await AuditEntry.all().order_by("-number").first().values("number", "hash")
    return Anchor(last["number"], last["hash"]) if last else Anchor(0, GENESIS)


async def _lock_chain() -> None:
    connection = get_connection(WRITER)
    # SQLite has one writer at a time anyway.
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query("SELECT pg_advisory_xact_lock($1::bigint)", [_CHAIN_LOCK])
