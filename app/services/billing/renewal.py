"""One partner's subscriptions brought forward: decided in memory, then written all at once.

At the start of each term its terms are taken again: who pays from the partner's billing model, the
company size from the client, the price from the book in force (S1). What the book has no price for
goes on at the terms it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from app.auth.actor import Actor
from app.domain.events import EventType
from app.domain.partners import BillingModel
from app.domain.plans import BillingInterval, SubscriptionStatus, payer_for
from app.domain.terms import Term, first_term, next_term, prorated
from app.events.outbox import new_event
from app.persistence.models import Client, Event, Partner, Subscription, SubscriptionTerm
from app.services.billing.prices import PriceList
from app.services.billing.termination import ended_event, go_back
from app.services.vendor.zone import vendor_zone

_CHANGED = (
    *("status", "payer", "bracket_id", "price_id", "amount_minor", "currency_code"),
    *("due_at", "cancelled_at"),
)


@dataclass
class Renewing:
    """The subscriptions that are due, what their next terms follow from, and what came of them."""

    partner: Partner
    subscriptions: Sequence[Subscription]
    brackets: Mapping[UUID, str]
    prices: PriceList
    zone: ZoneInfo
    actor: Actor
    terms: list[SubscriptionTerm] = field(default_factory=list)
    ended: list[Subscription] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @classmethod
    async def open(cls, partner_id: UUID, due: Sequence[Subscription], actor: Actor) -> Self:
        """Read what is needed, under the partner's lock."""
        partner = await Partner.get(id=partner_id)
        clients = Client.filter(id__in=[row.client_id for row in due])
        brackets: Any = await clients.values_list("id", "bracket_id")
        prices = await PriceList.load(partner.currency_code)
        return cls(partner, due, dict(brackets), prices, await vendor_zone(), actor)

    def bring_to(self, moment: datetime) -> int:
        """Take every step that is due up to and with a moment, in order; gives how many."""
        queue = [(row.due_at, row.id, row) for row in self.subscriptions if row.due_at]
        heapify(queue)
        steps = 0
        while queue and queue[0][0] <= moment:
            at, _, row = heappop(queue)
            self._step(row, at)
            steps += 1
            if row.due_at:
                heappush(queue, (row.due_at, row.id, row))
        return steps

    async def write(self) -> None:
        """Write what was decided, inside the open unit of work."""
        await SubscriptionTerm.bulk_create(self.terms)
        await Subscription.bulk_update(self.subscriptions, fields=_CHANGED)
        for row in self.ended:
            await go_back(row)
        await Event.bulk_create(self.events)

    def _step(self, row: Subscription, at: datetime) -> None:
        if row.ends_at and row.ends_at <= at:
            row.status, row.cancelled_at, row.due_at = SubscriptionStatus.CANCELLED, at, None
            self.ended.append(row)
            self.events.append(ended_event(row, self.actor, at))
            return
        interval = BillingInterval(row.interval)
        if at > row.billing_starts_at:
            term = next_term(interval, row.billing_starts_at, at, self.zone)
        else:
            term = first_term(interval, at, self.zone)
            self._end_trial(row, at)
        self._take_terms(row, at)
        row.due_at = term.ends_at
        self._begin(row, term)

    def _end_trial(self, row: Subscription, at: datetime) -> None:
        if row.status == SubscriptionStatus.TRIALING:
            row.status = SubscriptionStatus.ACTIVE
            self._tell(EventType.TRIAL_ENDED, row, row.id, at, {"plan": row.plan_id})

    def _take_terms(self, row: Subscription, at: datetime) -> None:
        row.payer = payer_for(BillingModel(self.partner.billing_model))
        bracket = self.brackets[row.client_id]
        price = self.prices.price(row.plan_id, bracket, row.interval, at)
        if price:
            row.bracket_id, row.price_id = bracket, price.id
            row.amount_minor, row.currency_code = price.amount_minor, self.partner.currency_code

    def _begin(self, row: Subscription, term: Term) -> None:
        written = SubscriptionTerm(
            partner_id=row.partner_id,
            client_id=row.client_id,
            subscription_id=row.id,
            starts_at=term.starts_at,
            ends_at=term.ends_at,
            payer=row.payer,
            plan_id=row.plan_id,
            bracket_id=row.bracket_id,
            price_id=row.price_id,
            interval=row.interval,
            currency_code=row.currency_code,
            full_amount_minor=row.amount_minor,
            days=term.days,
            full_days=term.full_days,
            amount_minor=prorated(row.amount_minor, term.days, term.full_days),
            created_at=term.starts_at,
        )
        self.terms.append(written)
        told = {"startsAt": term.starts_at.isoformat(), "endsAt": term.ends_at.isoformat()}
        self._tell(EventType.SUBSCRIPTION_RENEWED, row, written.id, term.starts_at, told)

    def _tell(
        self,
        type: EventType,
        row: Subscription,
        subject_id: UUID,
        at: datetime,
        data: Mapping[str, Any],
    ) -> None:
        event = new_event(
            type,
            subject_id=subject_id,
            partner_id=row.partner_id,
            client_id=row.client_id,
            actor=self.actor,
            at=at,
            data=data,
        )
        self.events.append(event)
