"""Who gets a trial: a customer gets one, and none if it has paid.

A customer is a website domain. How far its past counts is the vendor's policy `trialScope`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.plans import TrialScope, WayIn
from app.persistence.database import Database
from app.persistence.locks import lock_names
from app.persistence.models import Client, InvoiceLine, SubscriptionTerm, Trial, TrialTerm
from app.services.billing.policies import find_policy


async def lock_customers(database: Database, domains: Iterable[str]) -> None:
    """Let one unit of work at a time start subscriptions of these customers, until it ends.

    Before the first write: who creates a client locks its domain, too, and then writes to others
    with that domain.
    """
    if names := list(domains):
        await lock_names(database, *names)


async def trial_used(client: Client, at: datetime) -> bool:
    """Whether a client gets no trial any more."""
    scope = await _scope(at)
    past: dict[str, Any] = {"client__domain": client.domain}
    if scope is TrialScope.PER_CLIENT:
        past = {"client_id": client.id}
    elif scope is TrialScope.PER_PARTNER:
        past["partner_id"] = client.partner_id
    return bool(await _customers(past))


async def customers_without_trial(
    partner_id: UUID, domains: Iterable[str], at: datetime
) -> frozenset[str]:
    """Those of some domains that get no trial as new clients of a partner."""
    offered = TrialTerm.filter(way_in=WayIn.CREATE, trial_days__gt=0, effective_from__lte=at)
    scope = await _scope(at)
    if scope is TrialScope.PER_CLIENT or not await offered.exists():
        return frozenset()
    past: dict[str, Any] = {"client__domain__in": list(domains)}
    if scope is TrialScope.PER_PARTNER:
        past["partner_id"] = partner_id
    return await _customers(past)


async def _scope(at: datetime) -> TrialScope:
    policy = await find_policy(at)
    return TrialScope(policy.trial_scope) if policy else TrialScope.PER_CUSTOMER


async def _customers(past: dict[str, Any]) -> frozenset[str]:
    """The domains that had a trial or were charged; what a credit note took back is no charge."""
    tried: list[str] = await Trial.filter(**past).values_list("client__domain", flat=True)  # type: ignore[assignment]
    charged = await SubscriptionTerm.filter(**past, amount_minor__gt=0).values_list(
        "id", "client__domain"
    )
    credited = await InvoiceLine.filter(
        credits__subscription_term_id__in=[id for id, _ in charged]
    ).values_list("credits__subscription_term_id", flat=True)
    paid = {domain for id, domain in charged if id not in set(credited)}
    return frozenset(paid.union(tried))
