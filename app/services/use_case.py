"""What every mutation does around its own rules: key, transaction, audit.

`perform` opens the unit of work, claims the idempotency key, runs the use case and writes the audit
entry, all in one transaction. A use case that is refused leaves nothing behind, not even the key:
the caller may mend the input and send the same key again.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from app.auth.actor import Actor
from app.auth.audit_trail import record
from app.domain.clock import Clock, settle_moment
from app.domain.errors import ErrorCode, refuse
from app.persistence.database import Database
from app.persistence.models import IdempotencyKey

MAX_KEY_LENGTH = 120
# SQLite would take it, PostgreSQL has no such text.
NO_NUL = "A text must not contain the character NUL."
# What PostgreSQL and SQLite call a row that a unique index refuses.
UNIQUE_VIOLATION = "23505"
SQLITE_UNIQUE_VIOLATION = "SQLITE_CONSTRAINT_UNIQUE"


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a use case runs, where it writes, and what time it is."""

    actor: Actor
    database: Database
    clock: Clock
    correlation_id: str
    # How far ahead of `clock` the moment of something that has happened may be.
    tolerance: timedelta = timedelta(0)

    def happened(self, at: datetime | None, now: datetime) -> datetime:
        """When something happened that the caller tells of (None: now), as it is stored."""
        return settle_moment(at, now, self.tolerance) if at else now


@dataclass(frozen=True, slots=True)
class Done:
    """What a use case did: the object it is about, and what to remember for a replay.

    `result` holds ids by name; it is returned again, unchanged, when the call is repeated.
    """

    subject_id: UUID
    partner_id: UUID | None
    result: Mapping[str, UUID]


async def perform(
    caller: Caller,
    name: str,
    key: str,
    arguments: Mapping[str, Any],
    work: Callable[[datetime], Awaitable[Done]],
) -> Mapping[str, UUID]:
    """Run `work` once for `key`, and give its result; a repeat gives the first one's.

    `arguments` are plain values (as sent, without the key) that tell one call from another.
    Raises Refused, with nothing written, for whatever `work` refuses, and with the code
    IDEMPOTENCY_KEY_REUSED for a key that was used with other arguments; IntegrityError, also with
    nothing written, for a row that breaks a rule of the schema other than being unique: a bug.
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise refuse(
            ErrorCode.INVALID,
            f"Give an idempotency key of 1 to {MAX_KEY_LENGTH} characters, such as a UUID.",
            "idempotencyKey",
        )
    if at := _nul({"idempotency_key": key, **arguments}):
        raise refuse(ErrorCode.INVALID, NO_NUL, *at)
    digest = _digest(name, arguments)

    async def unit() -> Mapping[str, UUID]:
        now = caller.clock.now()
        claim, replay = await _claim(caller.actor, key, name, digest, now)
        if replay is not None:
            return replay
        done = await work(now)
        await IdempotencyKey.filter(id=claim).update(
            result={k: str(v) for k, v in done.result.items()}
        )
        await record(
            name,
            at=now,
            actor_role=caller.actor.role,
            actor_id=caller.actor.user_id,
            api_key_id=caller.actor.api_key_id,
            partner_id=done.partner_id,
            subject_id=done.subject_id,
            correlation_id=caller.correlation_id,
            input=_plain(arguments),
        )
        return done.result

    try:
        return await caller.database.transaction(unit, caller.actor.partner_id)
    except IntegrityError as error:
        if not _is_duplicate(error):
            raise
        # The checks in the use case give the clear answer; this is the race they lost.
        raise refuse(
            ErrorCode.CONFLICT,
            "Someone else changed the same thing at the same moment. Read it again and retry.",
        ) from error


def _is_duplicate(error: IntegrityError) -> bool:
    """Whether a unique index refused it, as in a race; all else, such as a CHECK, is a bug."""
    cause = error.args[0] if error.args else None
    return (
        getattr(cause, "sqlstate", None) == UNIQUE_VIOLATION
        or getattr(cause, "sqlite_errorname", None) == SQLITE_UNIQUE_VIOLATION
    )


async def _claim(
    actor: Actor, key: str, name: str, digest: str, now: datetime
) -> tuple[UUID | None, Mapping[str, UUID] | None]:
    """Insert the key; or give the result of the call that did, waiting for it if it is at work."""
    row = IdempotencyKey(actor_key=actor.key, key=key, mutation=name, digest=digest, created_at=now)
    # On PostgreSQL a concurrent insert of the same key waits here until the first one has ended.
    await IdempotencyKey.bulk_create([row], ignore_conflicts=True)
    kept = await IdempotencyKey.get(actor_key=actor.key, key=key)
    if kept.id == row.id:
        return row.id, None
    if kept.digest != digest:
        raise refuse(
            ErrorCode.IDEMPOTENCY_KEY_REUSED,
            "This idempotency key was used for another call. Use a new key for a new call.",
            "idempotencyKey",
        )
    return None, {name: UUID(value) for name, value in kept.result.items()}


def _digest(name: str, arguments: Mapping[str, Any]) -> str:
    text = orjson.dumps([name, _plain(arguments)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def _nul(value: Any, *at: str) -> tuple[str, ...] | None:
    """The path, as the caller wrote it, of the first text with the character NUL; None if none."""
    if isinstance(value, str):
        return at if "\0" in value else None
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, Mapping):
        inner = ((_camel(name), item) for name, item in value.items())
    elif isinstance(value, (list, tuple)):
        inner = ((str(position), item) for position, item in enumerate(value))
    return next((path for name, item in inner if (path := _nul(item, *at, name))), None)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _plain(arguments: Mapping[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(arguments, default=str))
