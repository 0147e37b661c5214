"""A small program with published thresholds, facts about partners, and evaluations of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import ActivityKind, Revenue
from app.persistence.models import Partner, Standing
from app.services.activity.record_activity import NewFact, RecordActivity, record_activity
from app.services.programs.import_program import import_program
from tests.api.calls import Api, global_id
from tests.world import Team, World

NORTH = "north"
TRAINED = "The training is completed"


def _sold(amount: int) -> dict[str, Any]:
    return {
        "metric": "MONEY_SUM",
        "label": f"Sold ARR of {amount} in 12 months",
        "filters": {"revenue": "SOLD_ARR", "currency": "USD"},
        "operator": "GTE",
        "threshold": amount,
        "window": {"kind": "ROLLING", "count": 12, "unit": "MONTH"},
    }


def _certified(people: int) -> dict[str, Any]:
    return {
        "metric": "CERTIFIED_PEOPLE",
        "label": f"{people} people certified",
        "filters": {"holdsAny": ["SALES"]},
        "operator": "GTE",
        "threshold": people,
    }


LISTED = {
    "metric": "EVENT_COUNT",
    "label": TRAINED,
    "filters": {"activity": "TRAINING_COMPLETED"},
    "operator": "GTE",
    "threshold": 1,
    "window": {"kind": "LIFETIME"},
}
VETTED = {
    "metric": "MANUAL",
    "label": "Vetted by the vendor",
    "filters": {"value": "VETTED"},
    "operator": "GTE",
    "threshold": None,
}
PAGE = {
    "metric": "ATTESTATION",
    "label": "A landing page",
    "filters": {"attestation": "LANDING_PAGE"},
    "operator": "IS_TRUE",
}


def _grants(text: str, *tiers: str) -> dict[str, Any]:
    return {tier: {"value": {"text": text}} for tier in tiers}


DEFINITION: dict[str, Any] = {
    "key": NORTH,
    "name": "North Program",
    "description": "For tests.",
    "effectiveFrom": "2024-01-01",
    "policy": {
        "promotion": "IMMEDIATE",
        "retention": {"kind": "LIVE"},
        "demotion": "TO_QUALIFIED",
        "evaluateEvery": {"count": 1, "unit": "MONTH"},
    },
    "tiers": [
        {"key": "bronze", "name": "Bronze"},
        {
            "key": "silver",
            "name": "Silver",
            "requirement": {"kind": "ALL", "of": [_sold(10_000), _certified(1)]},
        },
        {
            "key": "gold",
            "name": "Gold",
            "requirement": {"kind": "ALL", "of": [_sold(50_000), _certified(2), PAGE]},
        },
    ],
    "benefits": [
        {
            "key": "priority",
            "name": "Priority support",
            "description": "For tests.",
            "kind": "ENTITLEMENT",
            "tiers": _grants("Priority", "silver", "gold"),
        },
        {
            "key": "webinars",
            "name": "Webinars",
            "description": "For tests.",
            "kind": "ENTITLEMENT",
            "condition": LISTED,
            "tiers": _grants("Joint webinars", "bronze", "silver", "gold"),
        },
        {
            "key": "roadmap",
            "name": "Roadmap",
            "description": "For tests.",
            "kind": "ENTITLEMENT",
            "condition": VETTED,
            "tiers": _grants("A look at the roadmap", "silver", "gold"),
        },
    ],
}


async def import_north(world: World, key: str = NORTH, **changes: Any) -> None:
    """The program, published and in force."""
    program = replace(parse_program({**DEFINITION, "key": key}), **changes)
    await world.database.transaction(
        lambda: import_program(program, at=world.clock.now(), publish=True)
    )


async def tell(world: World, partner: Partner, *facts: NewActivity) -> None:
    """Record facts about a partner, as the vendor does."""
    items = tuple(NewFact(partner.id, fact) for fact in facts)
    await record_activity(world.caller(world.as_vendor()), RecordActivity(str(uuid4()), items))


def sale(at: datetime, amount: int, currency: str = "USD") -> NewActivity:
    """A sale of recurring revenue, in whole units of the currency."""
    money = Money(amount * 100, currency)
    return NewActivity(ActivityKind.SALE, at, amount=money, revenue=Revenue.SOLD_ARR)


def certified(at: datetime, person: str, until: datetime | None = None) -> NewActivity:
    """A person's sales certification."""
    kind = ActivityKind.CERTIFICATION
    return NewActivity(kind, at, code="SALES", person=person, expires_at=until)


def trained(at: datetime) -> NewActivity:
    """A completed training."""
    return NewActivity(ActivityKind.TRAINING_COMPLETED, at)


def landing_page(at: datetime) -> NewActivity:
    """A landing page that was seen."""
    page = "https://acme.example/partner"
    return NewActivity(ActivityKind.ATTESTATION, at, code="LANDING_PAGE", evidence=page)


async def add_like(team: Team, count: int) -> None:
    """More partners that stand where a team does, without facts."""
    like = await Standing.get(partner_id=team.partner.id)
    for number in range(count):
        partner = await Partner.create(
            name=f"Partner {number}",
            name_key=f"partner {number}",
            slug=f"partner-{number}",
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=like.since,
        )
        await Standing.create(
            partner=partner,
            program_id=like.program_id,
            tier_id=like.tier_id,
            tier_rank=like.tier_rank,
            since=like.since,
            enrolled_at=like.enrolled_at,
        )


async def evaluate(api: Api, team: Team, key: str = NORTH) -> str:
    """Evaluate a team as the vendor; gives the id of the evaluation."""
    payload = await api.done(
        api.world.as_vendor(),
        "evaluatePartner",
        "evaluation { id }",
        {"partnerId": global_id(team.partner), "programKey": key},
    )
    return payload["evaluation"]["id"]


async def make_silver(api: Api, team: Team, key: str = NORTH) -> None:
    """Acme, say, in Silver: 12,000 sold eleven months and three weeks ago, one person certified
    for 45 more days."""
    world, now = api.world, api.world.clock.now()
    await tell(
        world,
        team.partner,
        sale(now - timedelta(days=345), 4_000),
        sale(now - timedelta(days=10), 8_000),
        certified(now - timedelta(days=100), "ann@acme.example", now + timedelta(days=45)),
    )
    await evaluate(api, team, key)
