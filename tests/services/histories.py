"""Random histories of facts of three partners, at the edges of all windows above all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from app.domain.activity import NewActivity
from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import PartnerFacts, Rate, Rates
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.domain.programs.policies import State
from app.domain.programs.vocabulary import (
    STATES,
    ActivityKind,
    PriceBasis,
    Revenue,
    SaleMotion,
)
from app.domain.reversals import Left, reversal
from app.persistence.database import Database
from app.persistence.models import ActivityRecord
from app.programs import load_preset, preset_keys
from tests.unit.domain.programs.sample import FILE
from tests.world import World

ZONE = "Europe/Berlin"
NOW = datetime(2026, 3, 31, 21, 59, 59, 999_999, tzinfo=UTC)
JOINED = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
PARTNER = PartnerFacts("VAR", "EUR", JOINED)
# One that changes within the year before, and one that is known only the other way round.
RATES = Rates(
    [
        Rate("EUR", "USD", datetime(2025, 9, 30, 22, tzinfo=UTC), Decimal("1.1")),
        Rate("EUR", "USD", datetime(2026, 1, 1, 0, tzinfo=UTC), Decimal("1.25")),
        Rate("USD", "JPY", datetime(2025, 1, 1, 0, tzinfo=UTC), Decimal("150")),
    ]
)


def _windows() -> ProgramDefinition:
    """A program with every kind of window, filter and stream, besides the presets."""

    def condition(metric, filters, operator="GTE", threshold=1, **window):
        asked = {"metric": metric, "label": "x", "operator": operator, "filters": filters}
        if operator != "IS_TRUE":
            asked["threshold"] = threshold
        return asked | ({"window": window} if window else {})

    deals = {"activity": "DEAL_REGISTRATION", "sources": ["PORTAL"], "products": ["A", "B"]}
    money = {"revenue": "SOLD_ARR", "currency": "USD", "motions": ["RESALE"]}
    sold, counted = (
        {"metric": "MONEY_SUM", "filters": money},
        {"metric": "EVENT_COUNT", "filters": deals},
    )
    weights = [
        {"activity": "SALE", "points": "2", "perAmount": "100", "currency": "USD", "cap": "50"}
        | {"effectiveFrom": "2025-06-30T22:00:00Z", "effectiveTo": "2026-01-01"},
        {"activity": "REFERRAL", "points": "3", "effectiveFrom": "2024-01-01"},
    ]
    rolling = {"kind": "ROLLING", "count": 12, "unit": "MONTH"}
    asked = [
        condition("MONEY_SUM", money | {"currency": "LOCAL"}, threshold={"EUR": 1}, **rolling),
        condition("MONEY_SUM", money | {"priceBasis": ["LIST_PRICE"]}, kind="PROGRAM_YEAR"),
        condition("EVENT_COUNT", deals, kind="EACH_BUCKET", count=3, unit="MONTH"),
        condition("EVENT_COUNT", {"activity": "SALE"}, kind="CALENDAR", unit="QUARTER"),
        condition("EVENT_COUNT", {"activity": "REFERRAL"}, kind="ROLLING", count=90, unit="DAY"),
        condition("POINTS", {"weights": weights}, kind="LIFETIME"),
        condition("RATIO", {"numerator": sold, "denominator": counted}, **rolling),
        condition("GROWTH", {"of": sold}, kind="CALENDAR", unit="QUARTER"),
        condition("MANUAL", {"value": "SCORE"}),
        condition("ATTRIBUTE", {"attribute": "REGION"}, "EQ", "EMEA"),
        condition("CAPABILITIES", {}, "CONTAINS_ALL", ["LEADS"]),
        condition("ATTESTATION", {"attestation": "LANDING_PAGE"}, "IS_TRUE"),
        condition("CERTIFIED_PEOPLE", {"holdsAll": ["SALES", "TECHNICAL"]}),
    ]
    top = {"key": "top", "name": "Top", "requirement": {"kind": "ALL", "of": asked}}
    low = {"key": "low", "name": "Low"}
    return parse_program(FILE | {"gate": None, "tiers": [low, top], "benefits": []})


PROGRAMS = {**{key: parse_program(load_preset(key)) for key in preset_keys()}, "all": _windows()}
EVALUATORS = {key: Evaluator(program, NOW, ZONE, RATES) for key, program in PROGRAMS.items()}
TICK = timedelta(microseconds=1)
EDGES = sorted(
    {
        edge + by
        for evaluator in EVALUATORS.values()
        for flow in evaluator.flows
        for edge in (flow.interval.start, flow.interval.end)
        if edge is not None
        for by in (-TICK, timedelta(0), TICK)
        if edge + by <= NOW
    }
    | {NOW, datetime(2024, 2, 29, tzinfo=UTC)}
)
moments = st.sampled_from(EDGES) | st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    NOW.replace(tzinfo=None),
    timezones=st.just(UTC),
)
ends = st.none() | st.sampled_from([NOW - TICK, NOW, NOW + TICK, NOW + timedelta(days=400)])
_few = st.sampled_from([None, "PORTAL", "OTHER"])


@st.composite
def activities(draw) -> NewActivity:
    kind = draw(st.sampled_from([*ActivityKind, *[ActivityKind.SALE] * 4]))
    made = NewActivity(kind, draw(moments))
    if kind is ActivityKind.SALE:
        return replace(
            made,
            amount=Money(draw(st.integers(1, 10**7)), draw(st.sampled_from(["USD", "EUR", "JPY"]))),
            revenue=draw(st.sampled_from(Revenue)),
            motion=draw(st.none() | st.sampled_from(SaleMotion)),
            price_basis=draw(st.none() | st.sampled_from(PriceBasis)),
            source=draw(_few),
        )
    if kind not in STATES:
        product = draw(st.sampled_from([None, "A", "C"]))
        return replace(made, source=draw(_few), product=product)
    codes = {
        ActivityKind.CERTIFICATION: ["SALES", "TECHNICAL", "PARTNER_PROGRAM", "PARTNER"],
        ActivityKind.ATTESTATION: ["LANDING_PAGE"],
        ActivityKind.CAPABILITY: ["LEADS", "MANAGES_DEALS"],
        ActivityKind.MANUAL: ["SCORE"],
        ActivityKind.ATTRIBUTE: ["REGION"],
    }
    code = draw(st.sampled_from(codes[kind]))
    if kind is ActivityKind.CERTIFICATION:
        person = draw(st.sampled_from([None, "ann@x.example", "bob@x.example"]))
        return replace(made, code=code, person=person, expires_at=draw(ends.filter(_after(made))))
    values = {ActivityKind.MANUAL: ["0", "4.5"], ActivityKind.ATTRIBUTE: ["EMEA", "APAC"]}
    value = draw(st.sampled_from(values[kind])) if kind in values else None
    return replace(made, code=code, value=value)


def _after(made: NewActivity):
    return lambda end: end is None or end > made.occurred_at


@dataclass(frozen=True)
class Told:
    """A record as it is kept: whose, which place, when it was told."""

    id: UUID
    partner: int
    position: int
    recorded_at: datetime
    activity: NewActivity


@st.composite
def histories(draw) -> list[Told]:
    """Records of three partners in the order in which they were told, some taken back later."""
    facts = draw(st.lists(st.tuples(st.integers(0, 2), activities()), min_size=60, max_size=90))
    counts, told, left = [0, 0, 0], [], {}
    at = NOW - timedelta(days=10)

    def tell(partner: int, activity: NewActivity) -> Told:
        counts[partner] += 1
        record = Told(new_id(), partner, counts[partner], at, activity)
        told.append(record)
        return record

    for partner, activity in facts:
        at += timedelta(hours=draw(st.integers(0, 12)))
        record = tell(partner, activity)
        left[record.id] = (record, Left(activity.amount, 1))
        if draw(st.integers(0, 3)) == 0:
            original, rest = draw(st.sampled_from(list(left.values())))
            part = None
            if rest.amount and draw(st.booleans()):
                minor = draw(st.integers(1, rest.amount.amount_minor))
                part = Money(minor, rest.amount.currency)
            taken = reversal(original.activity, original.id, rest, part)
            tell(original.partner, taken)
            if taken.quantity:
                del left[original.id]
            else:
                left[original.id] = (original, Left(rest.amount + taken.amount, 1))
    return told


async def keep(database: Database, told: Sequence[Told], partners: Sequence[UUID]) -> None:
    rows = [
        ActivityRecord(
            id=record.id,
            partner_id=partners[record.partner],
            position=record.position,
            digest="0" * 64,
            amount=record.activity.amount and record.activity.amount.amount_minor,
            currency_code=record.activity.amount and record.activity.amount.currency,
            reverses_id=record.activity.reverses,
            recorded_at=record.recorded_at,
            **{
                name: getattr(record.activity, name)
                for name in NewActivity.__slots__
                if name not in ("amount", "reverses")
            },
        )
        for record in told
    ]

    async def unit() -> None:
        # Those that take something back go first, and refer to what is not there yet.
        await ActivityRecord.filter(reverses_id__isnull=False).delete()
        await ActivityRecord.all().delete()
        await ActivityRecord.bulk_create(rows)

    await database.transaction(unit)


STATE = State(rank=1, since=JOINED, enrolled_at=JOINED)


# Shrinking against a database takes long, and few examples of many records find as much.
against_a_database = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


async def three_partners(world: World) -> list[UUID]:
    """Three partners: none may be given what another one did."""
    third = world.acme.partner.clone(pk=new_id())
    third.slug = third.domain = "third"
    await third.save(force_create=True)
    return [world.acme.partner.id, world.rival.partner.id, third.id]
