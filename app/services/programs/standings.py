"""Standings as rows and as the state that the policies know."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson
from tortoise.connection import get_connection

from app.domain.programs.policies import Pin, State
from app.persistence.database import WRITER, Database, Dialect
from app.persistence.models import Standing, Tier, TierApproval, TierPin
from app.persistence.sql import bind, in_list, statement
from app.services.programs.measuring import as_uuid
from app.services.programs.versions import Version

_SAME = (
    "since",
    "enrolled_at",
    "held_until",
    "hold_since",
    "grace_since",
    "grace_until",
    "grace_noticed_at",
    "stepped_down_at",
    "at_risk_on",
    "rejected_until",
    "deadline_passed_at",
)
_WRITTEN = (
    *_SAME,
    "tier_id",
    "tier_rank",
    "decision_id",
    "vouched_tier",
    "at_risk_because",
    "rejected_tier",
    "pin_id",
    "approval_id",
    "evaluated_at",
    "due_at",
)
_READ = ("id", "partner_id", *_WRITTEN)
_IDS = ("id", *(name for name in _READ if name.endswith("_id")))
_MOMENTS = (*_SAME, "evaluated_at", "due_at")


def state_of(standing: "Standing | StandingRow", version: Version) -> State:
    """A standing, with its `tier`, `pin` and `approval` (and its tier) fetched, under a version."""
    ranks, pin, approval = version.ranks, standing.pin, standing.approval
    return State(
        rank=version.rank(standing.tier),
        **{name: getattr(standing, name) for name in _SAME},
        vouched=ranks.get(standing.vouched_tier or "", 0),
        at_risk_because=tuple(standing.at_risk_because or ()),
        pin=Pin(ranks[pin.tier_key], pin.expires_at) if pin and pin.tier_key in ranks else None,
        asked=version.rank(approval.tier) if approval else 0,
        rejected=ranks.get(standing.rejected_tier or "", 0),
    )


def take_state(standing: "Standing | StandingRow", state: State, version: Version) -> None:
    """Put a state into the row, where pin, approval and decision are not told by it."""
    for name in _SAME:
        setattr(standing, name, getattr(state, name))
    tier = version.tier(state.rank)
    standing.tier_id, standing.tier_rank = tier.id if tier else None, state.rank
    standing.vouched_tier = _key(version, state.vouched)
    standing.rejected_tier = _key(version, state.rejected)
    standing.at_risk_because = list(state.at_risk_because) or None
    if state.pin is None:
        standing.pin_id = None


def _key(version: Version, rank: int) -> str | None:
    tier = version.tier(rank)
    return tier.key if tier else None


def new_standing(partner_id: UUID, program_id: UUID, now: datetime) -> Standing:
    """A partner that comes into a program, in no tier yet: evaluation looks at it at once."""
    return Standing(
        partner_id=partner_id,
        program_id=program_id,
        tier_rank=0,
        since=now,
        enrolled_at=now,
        due_at=now,
    )


class StandingRow:
    """A standing as evaluation reads and writes it: the columns of its row by name, and the `tier`,
    `pin` and `approval` that they refer to. Making a model of each takes as long as judging it."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.__dict__.update(columns)

    # For type checkers: what there is, is in the instance.
    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


class PartnerRow(NamedTuple):
    """What evaluation looks at of a partner, and its name."""

    id: UUID
    name: str
    type: str
    status: str
    currency_code: str
    activity_count: int


async def load_standings(program_id: UUID, partner_ids: Sequence[UUID]) -> list[Standing]:
    """The standings of partners in a program, with what `state_of` needs."""
    rows = await Standing.filter(program_id=program_id, partner_id__in=list(partner_ids))
    await _fetch_related(rows)
    return rows


async def read_standings(
    database: Database, program_id: UUID, partner_ids: Sequence[UUID]
) -> list[StandingRow]:
    """The same for many, as plain rows."""
    among = in_list("partner_id", "partners", database.dialect)
    sql = f"SELECT {', '.join(_READ)} FROM standing WHERE program_id = :program AND {among}"
    given = {"program": program_id, "partners": list(partner_ids)}
    found = await database.rows(*bind(sql, given, database.dialect))
    rows = [StandingRow(_columns(row)) for row in found]
    await _fetch_related(rows)
    return rows


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(row)
    # SQLite keeps ids and moments as text.
    if isinstance(columns["id"], str):
        for names, read in ((_IDS, UUID), (_MOMENTS, datetime.fromisoformat)):
            for name in names:
                if columns[name] is not None:
                    columns[name] = read(columns[name])
    if columns["at_risk_because"] is not None:
        columns["at_risk_because"] = orjson.loads(columns["at_risk_because"])
    return columns


async def _fetch_related(rows: Sequence[Any]) -> None:
    tiers = await _by_id(Tier, [row.tier_id for row in rows])
    pins = await _by_id(TierPin, [row.pin_id for row in rows])
    approvals = await _by_id(TierApproval, [row.approval_id for row in rows])
    asked = await _by_id(Tier, [approval.tier_id for approval in approvals.values()])
    for approval in approvals.values():
        approval.tier = asked[approval.tier_id]
    for row in rows:
        # What is fetched in bulk stands where Tortoise would fetch it one by one.
        row.tier = tiers.get(row.tier_id)
        row.pin = pins.get(row.pin_id)
        row.approval = approvals.get(row.approval_id)


async def _by_id(model: Any, ids: Sequence[UUID | None]) -> dict[UUID | None, Any]:
    wanted = {id for id in ids if id is not None}
    return {row.id: row for row in await model.filter(id__in=wanted)} if wanted else {}


async def lock_partners(database: Database, ids: Sequence[UUID]) -> list[PartnerRow]:
    """The partners, locked until the unit of work ends, in one order for all who do so."""
    among = in_list("id", "ids", database.dialect)
    # SQLite has one writer at a time.
    lock = "FOR NO KEY UPDATE" if database.dialect == "postgres" else ""
    sql = f"SELECT {', '.join(PartnerRow._fields)} FROM partner WHERE {among} ORDER BY id {lock}"
    rows = await database.rows(*bind(sql, {"ids": list(ids)}, database.dialect))
    return [PartnerRow(**{**row, "id": as_uuid(row["id"])}) for row in rows]


async def write_standings(rows: Sequence["Standing | StandingRow"], dialect: Dialect) -> None:
    """Write rows that `take_state` changed: one statement, run for each."""
    if not rows:
        return
    columns = ", ".join(f"{name} = :{name}" for name in _WRITTEN)
    made = statement(f"UPDATE standing SET {columns} WHERE id = :id", dialect)
    values = [made.values(_values(row)) for row in rows]
    await get_connection(WRITER).execute_many(made.text, values)


def _values(row: "Standing | StandingRow") -> Mapping[str, Any]:
    values = {name: getattr(row, name) for name in (*_WRITTEN, "id")}
    because = values["at_risk_because"]
    return {**values, "at_risk_because": because and orjson.dumps(because).decode()}


async def write_looked_at(
    ids: Sequence[UUID], at: datetime, due_at: datetime, dialect: Dialect
) -> None:
    """Note on standings that did not change that they were evaluated, and when to look again."""
    among = in_list("id", "ids", dialect)
    sql = f"UPDATE standing SET evaluated_at = :at, due_at = :due_at WHERE {among}"
    given = {"ids": list(ids), "at": at, "due_at": due_at}
    await get_connection(WRITER).execute_query(*bind(sql, given, dialect))
