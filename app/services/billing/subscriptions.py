"""Subscriptions: a client's paid licence, with the payer and price of the day it starts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.partners import BillingModel
from app.domain.plans import PlanCode, SubscriptionStatus, payer_for
from app.persistence.models import (
    Client,
    InvoiceLine,
    Partner,
    Subscription,
    SubscriptionTerm,
    Trial,
)
from app.services.billing.lifecycle import bring_partner_to
from app.services.billing.quote import Quote
from app.services.income.rates import locked_share, rate_for


async def paid_until(client_id: UUID, at: datetime) -> datetime | None:
    """Up to when a client was charged for, if that is later than `at`.

    So it is where a subscription was ended with its client, by archiving it, within a term. A term
    that a credit note took back does not count.
    """
    credited = InvoiceLine.filter(credits__subscription_term__client_id=client_id)
    amount_to_reverse = await credited.values_list("credits__subscription_term_id", flat=True)
    terms = SubscriptionTerm.filter(client_id=client_id, ends_at__gt=at).order_by("-ends_at")
    left = [term for term in await terms if term.id not in amount_to_reverse]
    return left[0].ends_at if left else None


async def start(
    client: Client, partner: Partner, quote: Quote, former: PlanCode, at: datetime
) -> Subscription:
    """Start the subscription that was quoted, and its trial, inside the open unit of work.

    Without a trial its first term begins at once. `former` is the plan that the client goes back
    to when it ends. The caller holds the partner's lock.
    """
    [subscription] = await start_all([(client, quote)], partner, former, at)
    return subscription


async def start_all(
    quoted: Iterable[tuple[Client, Quote]], partner: Partner, former: PlanCode, at: datetime
) -> list[Subscription]:
    """Start the subscription of each client as it was quoted: as `start`, for all at once."""
    locked = locked_share(await rate_for(partner, at))
    trials: list[Trial] = []
    started: list[Subscription] = []
    for client, quote in quoted:
        if quote.trial_days > 0:
            trials.append(_trial(client, quote, former, at))
        started.append(_subscription(client, partner, quote, former, at, locked))
    await Trial.bulk_create(trials)
    await Subscription.bulk_create(started)
    await bring_partner_to(partner.id, at)
    return started


def _trial(client: Client, quote: Quote, former: PlanCode, at: datetime) -> Trial:
    return Trial(
        partner_id=client.partner_id,
        client_id=client.id,
        plan_id=quote.plan,
        former_plan_id=former,
        started_at=at,
        ends_at=quote.billing_starts_at,
    )


def _subscription(
    client: Client,
    partner: Partner,
    quote: Quote,
    former: PlanCode,
    at: datetime,
    locked: Mapping[str, Any],
) -> Subscription:
    if quote.money is None or quote.billing_starts_at is None:
        raise ValueError(f"{quote.plan} is not sold by subscription")
    trialing = quote.trial_days > 0
    return Subscription(
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
        **locked,
    )


async def live(client_id: UUID) -> Subscription | None:
    """The client's subscription that is not over; None if it has none."""
    of_client = Subscription.filter(client_id=client_id)
    return await of_client.exclude(status=SubscriptionStatus.CANCELLED).first()


async def cancel_live(client_id: UUID, at: datetime) -> bool:
    """End the client's subscription at once, inside the open unit of work; False if it has none.

    What of it was charged stays charged.
    """
    running = Subscription.filter(client_id=client_id).exclude(status=SubscriptionStatus.CANCELLED)
    return bool(
        await running.update(status=SubscriptionStatus.CANCELLED, cancelled_at=at, due_at=None)
    )
