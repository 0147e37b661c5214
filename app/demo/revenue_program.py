"""The second program of the demo, by recurring revenue: its facts, and where they lead."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.activity_records import Ledger
from app.demo.client_history import Life
from app.demo.partner import Team
from app.demo.tier_history import SYSTEM, Path
from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.vocabulary import ActivityKind, Revenue

_TOLD_AFTER = timedelta(hours=7)
# What counts is the product line for smaller companies: so the tiers spread over the ladder.
_LARGEST = 200
_PRODUCT = "SMALL_BUSINESS"


def takes_part(team: Team) -> bool:
    """Whether the program is for partners of its type."""
    return is_enrolled(team.scene.volume.engine.definition.partner_types, team.partner_type)


def add_volume(team: Team, ledger: Ledger, lives: Sequence[Life]) -> list[datetime]:
    """A certified person, and each month what was sold in it and is managed at its end.

    Gives the moments when something of it was recorded.
    """
    engine, told = team.scene.volume.engine, []
    certified = _certify(team, ledger)
    counted = [life for life in lives if life.employees <= _LARGEST and not life.withdrawn_at]
    start, end = engine.month_start(team.joined), engine.month_end(team.joined)
    while end + _TOLD_AFTER <= team.until:
        live = [life for life in counted if life.sold_at and life.sold_at < end]
        sold = sum(life.monthly for life in live if life.sold_at and life.sold_at >= start)
        left = [life for life in live if not life.archived_at or life.archived_at >= end]
        managed = sum(life.monthly for life in left)
        for revenue, amount in ((Revenue.SOLD_MRR, sold), (Revenue.MANAGED_MRR, managed)):
            if amount:
                _tell(team, ledger, revenue, amount, start, end)
        if managed:
            told.append(end + _TOLD_AFTER)
        start, end = end, engine.month_end(end)
    return [*certified, *told]


def _certify(team: Team, ledger: Ledger) -> list[datetime]:
    """The founder, and mostly a second person a good while later; gives when."""
    calendar, random = team.scene.volume.engine.calendar, team.facts_random
    found: list[datetime] = []
    for person, after in zip(team.people, (timedelta(days=15), timedelta(days=120)), strict=False):
        at = max(team.joined + after, person.since) + timedelta(days=random.uniform(0, 30))
        if at >= min(team.until, person.until) or (found and random.random() < 0.3):
            continue
        ledger.tell(
            NewActivity(
                ActivityKind.CERTIFICATION,
                at,
                code="PARTNER",
                person=person.email,
                course=fake_names.data("word_lists")["courses"]["PARTNER"],
                expires_at=calendar.days_after(at, 365),
            )
        )
        found.append(at)
    return found


def _tell(
    team: Team, ledger: Ledger, revenue: Revenue, amount: int, start: datetime, end: datetime
) -> None:
    month = team.scene.volume.engine.calendar.day(start)
    ledger.tell(
        NewActivity(
            ActivityKind.SALE,
            end + _TOLD_AFTER,
            amount=Money(amount, team.currency),
            revenue=revenue,
            source="CRM",
            product=_PRODUCT,
            external_id=f"{revenue.replace('_', '-')}-{month:%Y-%m}",
        )
    )


def walk_volume(team: Team, ledger: Ledger, recorded: Sequence[datetime]) -> None:
    """Where the facts lead: evaluated when they were recorded, at each review, and now."""
    program = team.scene.volume
    path = Path(team, program, ledger)
    every = program.engine.definition.policy.evaluate_every
    reviews, review = set(), program.engine.calendar.next_period(team.joined, every)
    while review < team.until:
        reviews.add(review)
        review = program.engine.calendar.next_period(review, every)
    active = team.status == PartnerStatus.ACTIVE
    now = {team.scene.now} if active else set()
    for at in sorted({*recorded, *reviews, *now}):
        path.evaluate(at, team.vendor if at in recorded else SYSTEM)
    path.write(active)
