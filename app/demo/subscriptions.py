"""Subscriptions and trials of demo clients."""

from datetime import datetime
from uuid import UUID

from app.demo.charges import SERVICE, add_charges, charged_terms
from app.demo.client_history import ClientHistory
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


def add_subscription(team: Team, history: ClientHistory) -> None:
    """Add the subscription and the trial of a client on FULL_FEATURE, with their outcome."""
    ends = None
    if history.plan is PlanCode.FULL_FEATURE:
        ends = _subscribe(team, history)
    if history.upgraded_at is None:
        return
    team.timeline.record(
        EventType.CLIENT_UPGRADED,
        history.upgraded_at,
        history.id,
        history.creator.as_actor,
        {"from": history.former, "to": history.plan, "trialEndsAt": ends and ends.isoformat()},
        history.id,
    )


def _subscribe(team: Team, history: ClientHistory) -> datetime | None:
    """Start the subscription. Return the end of its trial, if it has one."""
    shared, at = team.shared, history.upgraded_at or history.created_at
    way_in = WayIn.UPGRADE if history.upgraded_at else WayIn.CREATE
    days = shared.catalogue.trial_days(history.plan, way_in, at)
    ends = trial_end(at, days, shared.zone)
    over = history.archived_at
    if days:
        over = _add_trial(team, history, at, ends)
    status = SubscriptionStatus.TRIALING if ends > shared.now else SubscriptionStatus.ACTIVE
    terms = _terms(team, history, at)
    history.sold_at = at
    by_month = terms.interval is BillingInterval.MONTH
    history.yearly = terms.amount_minor * 12 if by_month else terms.amount_minor
    history.monthly = terms.amount_minor if by_month else terms.amount_minor // 12
    found = charged_terms(team, history, terms, ends, over)
    id = team.add(
        Subscription,
        at,
        client_id=history.id,
        plan_id=history.plan,
        bracket_id=history.bracket,
        price_id=terms.price_id,
        status=SubscriptionStatus.CANCELLED if over else status,
        payer=payer_for(BillingModel(team.billing_model)),
        interval=terms.interval,
        currency_code=team.currency,
        amount_minor=terms.amount_minor,
        started_at=at,
        billing_starts_at=ends,
        former_plan_id=history.former if history.upgraded_at else PlanCode.FREE,
        due_at=found.due_at,
        ends_at=history.withdrawn_at or found.ends_at,
        cancelled_at=over,
    )
    if days:
        _record_trial(team, history, id, ends, over)
    add_charges(team, history, id, terms, found)
    return ends if days else None


def _record_trial(
    team: Team, history: ClientHistory, subscription_id: UUID, ends: datetime, over: datetime | None
) -> None:
    """Add the end of the trial, or its earlier cancellation."""
    record = team.timeline.record
    if at := history.withdrawn_at:
        fact = {"plan": history.plan, "endsAt": at.isoformat(), "inTrial": True}
        actor = history.creator.as_actor
        record(EventType.SUBSCRIPTION_CANCELLED, at, subscription_id, actor, fact, history.id)
        fact = {"from": history.plan, "to": history.former}
        record(EventType.SUBSCRIPTION_ENDED, at, subscription_id, actor, fact, history.id)
    elif ends <= team.shared.now and (over is None or ends < over):
        fact = {"plan": history.plan}
        record(EventType.TRIAL_ENDED, ends, subscription_id, SERVICE, fact, history.id)


def _add_trial(team: Team, history: ClientHistory, at: datetime, ends: datetime) -> datetime | None:
    """Add the trial. Return when the subscription was cancelled, if it was."""
    team.add(
        Trial,
        at,
        client_id=history.id,
        plan_id=history.plan,
        former_plan_id=history.former,
        started_at=at,
        ends_at=ends,
    )
    if ends < team.until and not history.archived_at and team.random.random() < 0.08:
        # Cancelled within the trial: the client returns to its former plan.
        history.plan_now = history.former
        history.withdrawn_at = team.moment(at, ends)
        return history.withdrawn_at
    return history.archived_at


def _terms(team: Team, history: ClientHistory, at: datetime) -> Terms:
    wanted = BillingInterval.YEAR if team.random.random() < 0.3 else BillingInterval.MONTH
    for interval in (wanted, BillingInterval.MONTH, BillingInterval.YEAR):
        terms = team.shared.catalogue.terms(
            team.currency, history.plan, history.bracket, interval, at
        )
        if terms:
            return terms
    raise LookupError(f"No price for {history.plan}, {history.bracket} in {team.currency} at {at}")
