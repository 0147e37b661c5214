"""What a demo client is licensed for: subscriptions and trials."""

from datetime import datetime
from uuid import UUID

from app.demo.charges import SERVICE, add_charges, charged
from app.demo.client_history import Life
from app.demo.partner import Team
from app.demo.shared_data import Terms
from app.domain.events import EventType
from app.domain.partners import BillingModel
from app.domain.plans import (
    BillingInterval,
    PlanCode,
    SubscriptionStatus,
    WayIn,
    payer_for,
    trial_end,
)
from app.persistence.models import Subscription, Trial


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
    over = life.archived_at
    if days:
        over = _try_out(team, life, at, ends)
    status = SubscriptionStatus.TRIALING if ends > scene.now else SubscriptionStatus.ACTIVE
    terms = _terms(team, life, at)
    life.sold_at = at
    by_month = terms.interval is BillingInterval.MONTH
    life.yearly = terms.amount_minor * 12 if by_month else terms.amount_minor
    life.monthly = terms.amount_minor if by_month else terms.amount_minor // 12
    found = charged(team, life, terms, ends, over)
    id = team.add(
        Subscription,
        at,
        client_id=life.id,
        plan_id=life.plan,
        bracket_id=life.bracket,
        price_id=terms.price_id,
        status=SubscriptionStatus.CANCELLED if over else status,
        payer=payer_for(BillingModel(team.billing_model)),
        interval=terms.interval,
        currency_code=team.currency,
        amount_minor=terms.amount_minor,
        started_at=at,
        billing_starts_at=ends,
        former_plan_id=life.former if life.upgraded_at else PlanCode.FREE,
        due_at=found.due_at,
        ends_at=life.withdrawn_at or found.ends_at,
        cancelled_at=over,
    )
    if days:
        _tell_trial(team, life, id, ends, over)
    add_charges(team, life, id, terms, found)
    return ends if days else None


def _tell_trial(
    team: Team, life: Life, subscription_id: UUID, ends: datetime, over: datetime | None
) -> None:
    """That it ran out, or that the client was withdrawn before."""
    tell = team.diary.tell
    if at := life.withdrawn_at:
        told = {"plan": life.plan, "endsAt": at.isoformat(), "inTrial": True}
        doer = life.creator.as_doer
        tell(EventType.SUBSCRIPTION_CANCELLED, at, subscription_id, doer, told, life.id)
        told = {"from": life.plan, "to": life.former}
        tell(EventType.SUBSCRIPTION_ENDED, at, subscription_id, doer, told, life.id)
    elif ends <= team.scene.now and (over is None or ends < over):
        told = {"plan": life.plan}
        tell(EventType.TRIAL_ENDED, ends, subscription_id, SERVICE, told, life.id)


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
