"""The second program of the demo, by recurring revenue: its facts and tiers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.activity_records import Ledger
from app.demo.client_history import ClientHistory
from app.demo.partner import Team
from app.demo.tier_history import SYSTEM, TierHistory
from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.vocabulary import ActivityKind, Revenue

_TOLD_AFTER = timedelta(hours=7)
# Only the product line for smaller companies counts, so that partners spread over the tiers.
_LARGEST = 200
_PRODUCT = "SMALL_BUSINESS"


def is_enrolled_in_revenue_program(team: Team) -> bool:
    """Return whether the program is for partners of its type."""
    return is_enrolled(
        team.shared.revenue_program.engine.definition.partner_types, team.partner_type
    )


def add_revenue_facts(
    team: Team, ledger: Ledger, histories: Sequence[ClientHistory]
) -> list[datetime]:
    """Record a certified person, and each month's sold revenue and managed revenue.

    Returns the times at which something was recorded.
    """
    engine, fact = team.shared.revenue_program.engine, []
    certified = _certify(team, ledger)
    counted = [
        history
        for history in histories
        if history.employees <= _LARGEST and not history.withdrawn_at
    ]
    start, end = engine.month_start(team.joined), engine.month_end(team.joined)
    while end + _TOLD_AFTER <= team.until:
        live = [history for history in counted if history.sold_at and history.sold_at < end]
        sold = sum(
            history.monthly for history in live if history.sold_at and history.sold_at >= start
        )
        left = [
            history for history in live if not history.archived_at or history.archived_at >= end
        ]
        managed = sum(history.monthly for history in left)
        for revenue, amount in ((Revenue.SOLD_MRR, sold), (Revenue.MANAGED_MRR, managed)):
            if amount:
                _record(team, ledger, revenue, amount, start, end)
        if managed:
            fact.append(end + _TOLD_AFTER)
        start, end = end, engine.month_end(end)
    return [*certified, *fact]


def _certify(team: Team, ledger: Ledger) -> list[datetime]:
    """Certify the founder and usually a second person later. Return the times."""
    calendar, random = team.shared.revenue_program.engine.calendar, team.facts_random
    found: list[datetime] = []
    for person, after in zip(team.people, (timedelta(days=15), timedelta(days=120)), strict=False):
        at = max(team.joined + after, person.since) + timedelta(days=random.uniform(0, 30))
        if at >= min(team.until, person.until) or (found and random.random() < 0.3):
            continue
        ledger.record(
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


def _record(
    team: Team, ledger: Ledger, revenue: Revenue, amount: int, start: datetime, end: datetime
) -> None:
    month = team.shared.revenue_program.engine.calendar.day(start)
    ledger.record(
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


def write_revenue_history(team: Team, ledger: Ledger, recorded: Sequence[datetime]) -> None:
    """Evaluate the partner when facts were recorded, at each review, and now."""
    program = team.shared.revenue_program
    tier_history = TierHistory(team, program, ledger)
    every = program.engine.definition.policy.evaluate_every
    reviews, review = set(), program.engine.calendar.next_period(team.joined, every)
    while review < team.until:
        reviews.add(review)
        review = program.engine.calendar.next_period(review, every)
    active = team.status == PartnerStatus.ACTIVE
    now = {team.shared.now} if active else set()
    for at in sorted({*recorded, *reviews, *now}):
        tier_history.evaluate(at, team.vendor if at in recorded else SYSTEM)
    tier_history.write(active)
