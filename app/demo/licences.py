"""What a demo client is licensed for: subscriptions, trials, and the partner's slots."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.demo import words
from app.demo.life import Life
from app.demo.scene import Terms
from app.demo.team import Team
from app.domain.events import EventType
from app.domain.partners import BillingModel
from app.domain.plans import (
    BillingInterval,
    PlanCode,
    SlotEntryKind,
    SubscriptionStatus,
    WayIn,
    payer_for,
    trial_end,
)
from app.persistence.models import SlotEntry, Subscription, Trial

# Slots that come with the partnership, and the bundles there are to buy.
_INCLUDED = 5
_BUNDLES = (10, 25)


def add_licence(team: Team, life: Life) -> None:
    """The subscription and trial of a client on FULL_FEATURE, and what became of them."""
    ends = None
    if life.plan is PlanCode.FULL_FEATURE:
        ends = _subscribe(team, life)
    if life.upgraded_at is None:
        return
    team.diary.tell(
        EventType.CLIENT_UPGRADED,
        life.upgraded_at,
        life.id,
        life.creator.as_doer,
        {"from": life.former, "to": life.plan, "trialEndsAt": ends and ends.isoformat()},
        life.id,
    )


def _subscribe(team: Team, life: Life) -> datetime | None:
    """Start the subscription; gives the end of its trial, if it has one."""
    scene, at = team.scene, life.upgraded_at or life.created_at
    way_in = WayIn.UPGRADE if life.upgraded_at else WayIn.CREATE
    days = scene.catalogue.trial_days(life.plan, way_in, at)
    ends = trial_end(at, days, scene.zone)
    cancelled_at = life.archived_at
    if days:
        cancelled_at = _try_out(team, life, at, ends)
    status = SubscriptionStatus.TRIALING if ends > scene.now else SubscriptionStatus.ACTIVE
    terms = _terms(team, life, at)
    life.sold_at = at
    by_month = terms.interval is BillingInterval.MONTH
    life.yearly = terms.amount_minor * 12 if by_month else terms.amount_minor
    life.monthly = terms.amount_minor if by_month else terms.amount_minor // 12
    team.add(
        Subscription,
        at,
        client_id=life.id,
        plan_id=life.plan,
        bracket_id=life.bracket,
        price_id=terms.price_id,
        status=SubscriptionStatus.CANCELLED if cancelled_at else status,
        payer=payer_for(BillingModel(team.billing_model)),
        interval=terms.interval,
        currency_code=team.currency,
        amount_minor=terms.amount_minor,
        started_at=at,
        billing_starts_at=ends,
        former_plan_id=life.former if life.upgraded_at else PlanCode.FREE,
        due_at=None if cancelled_at else ends,
        cancelled_at=cancelled_at,
    )
    return ends if days else None


def _try_out(team: Team, life: Life, at: datetime, ends: datetime) -> datetime | None:
    """Write the trial; gives the moment when the subscription was cancelled, if it was."""
    team.add(
        Trial,
        at,
        client_id=life.id,
        plan_id=life.plan,
        former_plan_id=life.former,
        started_at=at,
        ends_at=ends,
    )
    if ends < team.until and not life.archived_at and team.random.random() < 0.08:
        # Cancelled within the trial: the client has its former plan again.
        life.plan_now = life.former
        life.withdrawn_at = team.moment(at, ends)
        return life.withdrawn_at
    return life.archived_at


def _terms(team: Team, life: Life, at: datetime) -> Terms:
    wanted = BillingInterval.YEAR if team.random.random() < 0.3 else BillingInterval.MONTH
    for interval in (wanted, BillingInterval.MONTH, BillingInterval.YEAR):
        terms = team.scene.catalogue.terms(team.currency, life.plan, life.bracket, interval, at)
        if terms:
            return terms
    raise LookupError(f"No price for {life.plan}, {life.bracket} in {team.currency} at {at}")


def add_slots(team: Team, lives: Iterable[Life]) -> None:
    """The slot ledger: bundles are bought before a client takes a slot that is not there."""
    if not team.worked:
        return
    notes = words.data("words")["bundle_notes"]
    kind = SlotEntryKind.INCLUDED
    _enter(team, team.joined, kind, _INCLUDED, notes[kind])
    left = _INCLUDED
    for at, life in sorted(_takes(lives), key=lambda take: take[0]):
        if not left:
            bundle = team.random.choice(_BUNDLES)
            kind = SlotEntryKind.BOUGHT
            # Never before the entry that took the last one: each sum up to a moment is right.
            _enter(
                team, at - timedelta(milliseconds=1), kind, bundle, notes[kind].format(count=bundle)
            )
            left += bundle
        _enter(team, at, SlotEntryKind.CONSUMED, -1, "", life)
        left -= 1


def _takes(lives: Iterable[Life]) -> Iterable[tuple[datetime, Life]]:
    for life in lives:
        if (life.former or life.plan) is PlanCode.ASSESSMENT_ONLY:
            yield life.created_at, life
        elif life.plan is PlanCode.ASSESSMENT_ONLY and life.upgraded_at:
            yield life.upgraded_at, life


def _enter(
    team: Team,
    at: datetime,
    kind: SlotEntryKind,
    quantity: int,
    note: str,
    life: Life | None = None,
) -> None:
    team.add(
        SlotEntry,
        at,
        kind=kind,
        quantity=quantity,
        client_id=life.id if life else None,
        note=note,
        created_at=at,
    )
