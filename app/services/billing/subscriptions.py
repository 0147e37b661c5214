"""Subscriptions: a client's paid licence, with the payer and price of the day it starts."""

from datetime import datetime
from uuid import UUID

from app.domain.partners import BillingModel
from app.domain.plans import PlanCode, SubscriptionStatus, payer_for
from app.persistence.models import Client, Partner, Subscription, Trial
from app.services.billing.quote import Quote
from app.services.income.rates import locked_share, rate_for


async def trial_used(client_id: UUID) -> bool:
    """Whether a client had its one trial: there is one for each client, ever."""
    return await Trial.exists(client_id=client_id)


async def start(
    client: Client, partner: Partner, quote: Quote, former: PlanCode, at: datetime
) -> Subscription:
    """Start the subscription that was quoted, and its trial, inside the open unit of work.

    `former` is the plan that the client goes back to if it cancels inside the trial.
    """
    if quote.money is None or quote.billing_starts_at is None:
        raise ValueError(f"{quote.plan} is not sold by subscription")
    trialing = quote.trial_days > 0
    if trialing:
        await Trial.create(
            partner_id=partner.id,
            client_id=client.id,
            plan_id=quote.plan,
            former_plan_id=former,
            started_at=at,
            ends_at=quote.billing_starts_at,
        )
    return await Subscription.create(
        partner_id=partner.id,
        client_id=client.id,
        plan_id=quote.plan,
        bracket_id=quote.bracket,
        price_id=quote.price_id,
        status=SubscriptionStatus.TRIALING if trialing else SubscriptionStatus.ACTIVE,
        payer=payer_for(BillingModel(partner.billing_model)),
        interval=quote.interval,
        currency_code=quote.money.currency,
        amount_minor=quote.money.amount_minor,
        started_at=at,
        billing_starts_at=quote.billing_starts_at,
        former_plan_id=former,
        due_at=quote.billing_starts_at,
        **locked_share(await rate_for(partner, at)),
    )


async def cancel_live(client_id: UUID, at: datetime) -> bool:
    """Cancel the client's live subscription inside the open unit of work; False if it has none."""
    live = Subscription.filter(client_id=client_id).exclude(status=SubscriptionStatus.CANCELLED)
    return bool(
        await live.update(status=SubscriptionStatus.CANCELLED, cancelled_at=at, due_at=None)
    )
