"""Helpers for tests of facts: facts that are fine unless told otherwise, and records of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.programs.vocabulary import ActivityKind, Revenue
from app.persistence.models import ActivityRecord
from app.services.activity.record_activity import NewFact, RecordActivity, record_activity
from tests.world import Team, World

JANUARY = datetime(2026, 1, 15, tzinfo=UTC)


def sale(**changes: Any) -> NewActivity:
    """A sale of 129 USD."""
    values: dict[str, Any] = {
        "kind": ActivityKind.SALE,
        "occurred_at": JANUARY,
        "amount": Money(12_900, "USD"),
        "revenue": Revenue.SOLD_ARR,
    }
    return NewActivity(**{**values, **changes})


def certification(**changes: Any) -> NewActivity:
    """A certification of a person."""
    values: dict[str, Any] = {
        "kind": ActivityKind.CERTIFICATION,
        "occurred_at": JANUARY,
        "code": "SALES",
        "person": "ada@acme.example",
    }
    return NewActivity(**{**values, **changes})


def told(team: Team, *activities: NewActivity, **changes: Any) -> RecordActivity:
    """The input that tells facts of one team, with a key of its own."""
    items = tuple(NewFact(team.partner.id, activity) for activity in activities)
    return RecordActivity(**{"idempotency_key": str(uuid4()), "items": items, **changes})


async def tell(world: World, team: Team, *activities: NewActivity) -> list[ActivityRecord]:
    """Record facts of one team as the vendor; gives their records in order."""
    ids = await record_activity(world.caller(world.as_vendor()), told(team, *activities))
    places = {int(name.split(".")[1]): id for name, id in ids.items()}
    return [await ActivityRecord.get(id=places[i]) for i in sorted(places)]


async def positions(team: Team) -> list[int]:
    """The positions of a team's records, in order."""
    found = ActivityRecord.filter(partner_id=team.partner.id).order_by("position")
    return [record.position for record in await found]
