"""Writing facts: the one place that adds records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from app.domain.activity import NewActivity
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.programs.vocabulary import ActivityKind
from app.events.outbox import new_event
from app.persistence.database import WRITER
from app.persistence.models import ActivityRecord, Event
from app.persistence.sql import bind, statement
from app.services.programs.due import note_facts, take_due
from app.services.programs.standings import lock_partners
from app.services.use_case import Caller

# Rows that are in memory, and in one statement, at a time.
CHUNK = 1_000

_COLUMNS = (
    *("kind", "code", "person", "course", "revenue", "motion", "price_basis", "source"),
    *("product", "quantity", "value", "evidence", "note", "external_id", "occurred_at"),
    "expires_at",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that was checked, of a partner that is there. `field` is where its external id is."""

    partner_id: UUID
    activity: NewActivity
    digest: str
    field: tuple[str, ...] = ("externalId",)


@dataclass(frozen=True, slots=True)
class Stored:
    """The record of a fact; `unchanged` if it was there before, under its external id."""

    id: UUID
    unchanged: bool


Known = dict[tuple[UUID, str], tuple[UUID, str]]


async def store(
    caller: Caller, facts: Iterable[Fact], partner_ids: Collection[UUID], now: datetime
) -> list[Stored]:
    """Write the facts of these partners, inside the open unit of work; one answer for each.

    Records of a partner get their positions in the order of the facts, and follow those that were
    committed before: the partners are locked until the unit ends. Evaluations that are due already
    are made first, without the facts. Programs that move on facts at
    once look at the partners, a few within the unit, many after it. Raises Refused with
    EXTERNAL_ID_REUSED, at each `field`, for external ids that say something else already.
    """
    before = await _lock(caller, partner_ids)
    await take_due(caller.database, partner_ids, now)
    counts = dict(before)
    stored: list[Stored] = []
    problems: list[Problem] = []
    kinds: set[ActivityKind] = set()
    waiting = iter(facts)
    while chunk := list(islice(waiting, CHUNK)):
        known = await _known(caller, chunk)
        rows: list[ActivityRecord] = []
        events: list[Event] = []
        for fact in chunk:
            found = _told_before(fact, known)
            if found is None:
                counts[fact.partner_id] += 1
                row = _row(fact, counts[fact.partner_id], caller, now)
                rows.append(row)
                kinds.add(fact.activity.kind)
                events.append(_event(fact, row, caller, now))
                found = (row.id, fact.digest)
                if fact.activity.external_id is not None:
                    known[fact.partner_id, fact.activity.external_id] = found
                stored.append(Stored(row.id, unchanged=False))
            elif found[1] == fact.digest:
                stored.append(Stored(found[0], unchanged=True))
            else:
                problems.append(external_id_reused(*fact.field))
        await ActivityRecord.bulk_create(rows)
        await Event.bulk_create(events)
    if problems:
        raise Refused(problems)
    grown = {id: n for id, n in counts.items() if n != before[id]}
    await _keep_counts(caller, grown)
    await note_facts(caller, grown, kinds, now)
    return stored


async def _lock(caller: Caller, ids: Collection[UUID]) -> dict[UUID, int]:
    """Lock partners until the unit of work ends, and give how many records each has."""
    counts: dict[UUID, int] = {}
    # In one order over all chunks: two who lock the same ones must not wait for each other.
    waiting = iter(sorted(set(ids)))
    while chunk := list(islice(waiting, CHUNK)):
        locked = await lock_partners(caller.database, chunk)
        counts |= {partner.id: partner.activity_count for partner in locked}
    return counts


async def told_before(
    caller: Caller, partner_id: UUID, external_id: str | None
) -> tuple[UUID, str] | None:
    """The id and digest of a partner's record of this external id; None if there is none."""
    if external_id is None:
        return None
    found = await known_ids(caller, [(partner_id, external_id)])
    return found.get((partner_id, external_id))


async def known_ids(caller: Caller, keys: Sequence[tuple[UUID, str]]) -> Known:
    """The records of these partners and external ids: id and digest of each that is there."""
    dialect = caller.database.dialect
    if dialect == "postgres":
        given: Mapping[str, Any] = {"p": [p for p, _ in keys], "e": [e for _, e in keys]}
        pairs = "unnest(CAST(:p AS uuid[]), CAST(:e AS text[])) AS k(p, e) JOIN"
    else:
        given = {"k": [[str(p), e] for p, e in keys]}
        pairs = (
            "(SELECT json_extract(value, '$[0]') AS p, json_extract(value, '$[1]') AS e"
            " FROM json_each(:k)) k CROSS JOIN"
        )
    sql, values = bind(
        f"SELECT t.partner_id AS p, t.external_id AS e, t.id AS id, t.digest AS digest"
        f" FROM {pairs} activity_record t ON t.partner_id = k.p AND t.external_id = k.e",
        given,
        dialect,
    )
    return {
        (UUID(str(row["p"])), row["e"]): (UUID(str(row["id"])), row["digest"])
        for row in await caller.database.rows(sql, values)
    }


async def _known(caller: Caller, facts: Sequence[Fact]) -> Known:
    keys = [(f.partner_id, f.activity.external_id) for f in facts]
    wanted = [(partner, external) for partner, external in keys if external is not None]
    return await known_ids(caller, wanted) if wanted else {}


def _told_before(fact: Fact, known: Known) -> tuple[UUID, str] | None:
    external = fact.activity.external_id
    return None if external is None else known.get((fact.partner_id, external))


def external_id_reused(*field: str) -> Problem:
    """The problem that an external id says something else already."""
    message = (
        "The partner has another fact with this external id. Facts never change: reverse that one,"
        " and record what is right under an id of its own."
    )
    return Problem(ErrorCode.EXTERNAL_ID_REUSED, message, field)


def _row(fact: Fact, position: int, caller: Caller, now: datetime) -> ActivityRecord:
    activity = fact.activity
    return ActivityRecord(
        partner_id=fact.partner_id,
        position=position,
        amount=activity.amount and activity.amount.amount_minor,
        currency_code=activity.amount and activity.amount.currency,
        digest=fact.digest,
        reverses_id=activity.reverses,
        recorded_at=now,
        recorded_by=caller.actor.user_id or caller.actor.api_key_id,
        **{name: getattr(activity, name) for name in _COLUMNS},
    )


def _event(fact: Fact, row: ActivityRecord, caller: Caller, now: datetime) -> Event:
    reverses, amount = row.reverses_id, fact.activity.amount
    data: dict[str, Any] = {
        "kind": row.kind,
        "code": row.code,
        "person": row.person,
        "amount": amount and str(amount),
        "currencyCode": row.currency_code,
        "externalId": row.external_id,
        "occurredAt": row.occurred_at.isoformat().replace("+00:00", "Z"),
    }
    if reverses is not None:
        data |= {"reverses": global_id("ActivityRecord", reverses), "reason": row.note}
    return new_event(
        EventType.ACTIVITY_RECORDED if reverses is None else EventType.ACTIVITY_REVERSED,
        subject_id=row.id,
        partner_id=row.partner_id,
        actor=caller.actor,
        at=now,
        data=data,
    )


async def _keep_counts(caller: Caller, counts: Mapping[UUID, int]) -> None:
    made = statement(
        "UPDATE partner SET activity_count = :count WHERE id = :id", caller.database.dialect
    )
    rows = [made.values({"count": count, "id": id}) for id, count in counts.items()]
    await get_connection(WRITER).execute_many(made.text, rows)
