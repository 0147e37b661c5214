"""A small ladder with published numbers, and what tests of evaluation do with it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import ActivityKind, Revenue
from app.persistence.models import Event, Standing, TierDecision, TierProgram
from app.services.activity.record_activity import NewFact, RecordActivity, record_activity
from app.services.programs.enrolment import bring_up
from app.services.programs.evaluator import Evaluator
from app.services.programs.import_program import import_program
from app.services.programs.versions import version_in_force
from tests.world import World

SALES = {
    "metric": "MONEY_SUM",
    "filters": {"revenue": "SOLD_ARR", "currency": "USD"},
    "operator": "GTE",
    "window": {"kind": "ROLLING", "count": 12, "unit": "MONTH"},
}
GOLD = 10_000


def program(world: World, **policy: Any) -> dict[str, Any]:
    """Bronze for all, silver for a certified person, gold for 10,000 USD sold besides."""
    certified = {
        "metric": "CERTIFIED_PEOPLE",
        "label": "A certified person",
        "filters": {"holdsAny": ["SALES"]},
        "operator": "GTE",
        "threshold": 1,
    }
    sold = {**SALES, "label": "10,000 USD sold in 12 months", "threshold": GOLD}
    return {
        "key": "ladder",
        "name": "Ladder",
        "effectiveFrom": (world.clock.now() - timedelta(days=400)).isoformat(),
        "policy": {
            "promotion": "IMMEDIATE",
            "retention": {"kind": "LIVE"},
            "demotion": "TO_QUALIFIED",
            "evaluateEvery": {"count": 1, "unit": "MONTH"},
            **policy,
        },
        "tiers": [
            {"key": "bronze", "name": "Bronze"},
            {"key": "silver", "name": "Silver", "requirement": certified},
            {
                "key": "gold",
                "name": "Gold",
                "requirement": {"kind": "ALL", "of": [certified, sold]},
            },
        ],
        "benefits": [
            {
                "key": "badge",
                "name": "Badge",
                "kind": "BADGE",
                "tiers": {
                    key: {"value": {"text": key, "badge": key.upper()}}
                    for key in ("silver", "gold")
                },
            }
        ],
    }


async def publish(world: World, file: Mapping[str, Any]) -> None:
    """Put a program into force, with every partner of the world in it, evaluated."""
    definition = parse_program(file)
    now = world.clock.now()
    await world.database.transaction(lambda: import_program(definition, at=now))
    row = await TierProgram.get(key=definition.key)
    version = await version_in_force(row, now)
    assert version is not None
    await bring_up(world.database, version, now)
    await catch_up(world)


async def catch_up(world: World) -> int:
    """Do what a server's evaluator does."""
    return await Evaluator(world.database, world.clock).catch_up()


async def tell(world: World, *facts: NewActivity, partner: Any = None) -> list[Any]:
    """Record facts about acme."""
    id = (partner or world.acme.partner).id
    items = tuple(NewFact(id, fact) for fact in facts)
    ids = await record_activity(
        world.caller(world.as_vendor()), RecordActivity(str(uuid4()), items)
    )
    return list(ids.values())


def sale(world: World, dollars: int, days_ago: float = 0, **more: Any) -> NewActivity:
    return NewActivity(
        ActivityKind.SALE,
        world.clock.now() - timedelta(days=days_ago),
        amount=Money(dollars * 100, "USD"),
        revenue=Revenue.SOLD_ARR,
        **more,
    )


def certified(world: World, days: float | None = None, person: str = "ann@acme.example") -> Any:
    now = world.clock.now()
    until = None if days is None else now + timedelta(days=days)
    return NewActivity(
        ActivityKind.CERTIFICATION, now, code="SALES", person=person, expires_at=until
    )


async def standing(world: World, key: str = "ladder", partner: Any = None) -> Standing:
    rows = Standing.filter(program__key=key, partner_id=(partner or world.acme.partner).id)
    return await rows.get().prefetch_related("tier", "pin", "approval")


async def tier(world: World, key: str = "ladder", partner: Any = None) -> str | None:
    found = (await standing(world, key, partner)).tier
    return found.key if found else None


async def story(world: World) -> list[str]:
    """What was told about acme's tiers, in order."""
    rows = await Event.filter(partner_id=world.acme.partner.id).order_by("id")
    kept = [
        row for row in rows if row.type.startswith("TIER_") or row.type == "ENTRY_DEADLINE_PASSED"
    ]
    return [
        f"{row.type} {row.data['toTier']}" if row.type == "TIER_CHANGED" else row.type
        for row in kept
    ]


async def decisions(world: World) -> list[TierDecision]:
    rows = TierDecision.filter(partner_id=world.acme.partner.id).order_by("id")
    return await rows.prefetch_related("from_tier", "to_tier", "evaluation")
