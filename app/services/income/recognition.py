"""Recognised charges: what a partner earns by them, and the facts that they are for its tiers.

All of it runs inside the open unit of work of the invoices, under their partner's lock, in a number
of statements that does not depend on how many invoices and lines there are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.income import (
    AccrualKind,
    AccrualStatus,
    RateLock,
    RateSource,
    Share,
    accrued,
    earns,
)
from app.domain.invoices import LineKind
from app.domain.programs.vocabulary import ShareTerm
from app.persistence.models import (
    Accrual,
    ContentSale,
    InvoiceLine,
    Partner,
    Subscription,
    SubscriptionTerm,
    Vendor,
)
from app.services.billing.policies import policy_in_force
from app.services.income.rates import locked_share, rate_for
from app.services.income.reversal import take_back, unrecognise
from app.services.income.sales_facts import tell_sold
from app.services.use_case import Caller

__all__ = ["recognise", "take_back", "unrecognise"]

Terms = Mapping[UUID, SubscriptionTerm]


async def recognise(caller: Caller, lines: Sequence[InvoiceLine], at: datetime) -> None:
    """Invoices of one partner were issued, with these lines: what it earns is accrued (S0, S4).

    Its share of each subscription charge, its part of each sale of its content that the client
    pays; and each subscription charge counts as sold for its tiers, once. The share is that of
    the moment before: a tier that these charges lead to counts for the next. Raises Refused with
    NO_POLICY without a billing policy in force.
    """
    charges = [line for line in lines if line.kind == LineKind.SUBSCRIPTION and line.amount_minor]
    sales = [line for line in lines if line.kind == LineKind.CONTENT_SALE and line.amount_minor]
    accruals = await _of_content(sales, at) if sales else []
    if charges:
        wanted = {line.subscription_term_id for line in charges}
        found = SubscriptionTerm.filter(id__in=wanted).select_related("subscription")
        terms = {term.id: term async for term in found}
        accruals += await _referrals(charges, terms, at)
        payers = {line.id: terms[_term(line)].payer for line in charges}
        await tell_sold(caller, charges, payers, at)
    await Accrual.bulk_create(accruals)


async def _referrals(charges: Sequence[InvoiceLine], terms: Terms, at: datetime) -> list[Accrual]:
    share = await rate_for(await Partner.get(id=charges[0].partner_id), at)
    subscriptions = {term.subscription_id: term.subscription for term in terms.values()}
    policy = await policy_in_force(at)
    locked = policy.rate_lock == RateLock.AT_CONTRACT_START
    if locked and share:
        await _keep(subscriptions, share)
    zone = ZoneInfo((await Vendor.get()).time_zone)
    made = []
    for line in charges:
        term = terms[_term(line)]
        subscription = subscriptions[term.subscription_id]
        mine = _kept(subscription) if locked else share
        if not mine or not mine.rate:
            continue
        if earns(mine.term, subscription.billing_starts_at, term.starts_at, zone):
            amount = accrued(line.amount_minor, mine.rate)
            made.append(_accrual(line, AccrualKind.REFERRAL, mine, amount, at))
    return made


async def _keep(subscriptions: Mapping[UUID, Subscription], share: Share) -> None:
    """Contracts without a rate of their own keep this one from now on."""
    without = [row for row in subscriptions.values() if row.referral_rate is None]
    for row in without:
        row.update_from_dict(locked_share(share))
    if without:
        ids = [row.id for row in without]
        await Subscription.filter(id__in=ids).update(**locked_share(share))


def _kept(subscription: Subscription) -> Share | None:
    if subscription.referral_rate is None:
        return None
    return Share(
        subscription.referral_rate,
        RateSource(subscription.referral_rate_source),
        ShareTerm(subscription.referral_term or ShareTerm.CONTRACT_LIFETIME),
        subscription.referral_program_key,
        subscription.referral_tier_key,
    )


async def _of_content(lines: Sequence[InvoiceLine], at: datetime) -> list[Accrual]:
    """What the partner gets of sales that its client pays; of others it keeps what it asks."""
    wanted = [line.content_sale_id for line in lines]
    found = ContentSale.filter(id__in=wanted, payer="CLIENT")
    sales = {sale.id: sale async for sale in found}
    made = []
    for line in lines:
        if line.content_sale_id and (sale := sales.get(line.content_sale_id)):
            share = Share(1 - sale.cut_rate, RateSource.SALE)
            amount = sale.revenue_minor
            made.append(_accrual(line, AccrualKind.CONTENT_REVENUE, share, amount, at))
    return made


def _accrual(
    line: InvoiceLine, kind: AccrualKind, share: Share, amount: int, at: datetime
) -> Accrual:
    return Accrual(
        partner_id=line.partner_id,
        client_id=line.client_id,
        line_id=line.id,
        kind=kind,
        status=AccrualStatus.PENDING,
        currency_code=line.currency_code,
        base_minor=line.amount_minor,
        rate=share.rate,
        amount_minor=amount,
        rate_source=share.source,
        program_key=share.program_key,
        tier_key=share.tier_key,
        accrued_at=at,
    )


def _term(line: InvoiceLine) -> UUID:
    assert line.subscription_term_id is not None, "a subscription charge is of a term"
    return line.subscription_term_id
