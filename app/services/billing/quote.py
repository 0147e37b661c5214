"""What a plan would cost a client from a moment on: price, trial and start of billing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import Refused
from app.domain.money import Money
from app.domain.plans import BillingInterval, PlanCode, WayIn, price_problem, trial_end
from app.persistence.models import Plan, TrialTerm
from app.services.billing.prices import price_in_force
from app.services.vendor.zone import vendor_zone


@dataclass(frozen=True, slots=True)
class Quote:
    """Terms of a plan for one company size.

    `money` is per interval. It is None, as are `price_id` and `billing_starts_at`, for a plan that
    starts no subscription. Billing starts when the trial of `trial_days` ends. `trial_refused`: the
    plan has a trial, and this customer gets none.
    """

    plan: PlanCode
    bracket: str
    interval: BillingInterval
    money: Money | None
    trial_days: int
    billing_starts_at: datetime | None
    price_id: UUID | None
    takes_slot: bool
    trial_refused: bool = False

    @property
    def trial_ends_at(self) -> datetime | None:
        """When the trial ends; None without a trial."""
        return self.billing_starts_at if self.trial_days else None


async def quote(
    plan: Plan,
    bracket: str,
    currency: str,
    interval: BillingInterval,
    way_in: WayIn,
    at: datetime,
    *field: str,
    trial_used: bool = False,
    paid_until: datetime | None = None,
) -> Quote:
    """The terms in force at `at`, from the price book of the currency and the trial terms.

    `trial_used`: the customer had its trial already, or has paid. `paid_until`: the client was
    charged for the time up to then, by a subscription that is over; that time is not charged again,
    and there is no trial.
    Raises Refused with NO_PRICE at `field` if the plan is sold by subscription and the book in
    force has no price for it.
    """
    code = PlanCode(plan.code)
    if not plan.starts_subscription:
        return Quote(code, bracket, interval, None, 0, None, None, plan.takes_slot)
    price = await price_in_force(code, bracket, currency, interval, at)
    if price is None:
        raise Refused([price_problem(code, bracket, interval, currency, *field)])
    offered = await _trial_days(code, way_in, at)
    refused = offered > 0 and (trial_used or paid_until is not None)
    days = 0 if refused else offered
    return Quote(
        code,
        bracket,
        interval,
        Money(price.amount_minor, currency),
        days,
        paid_until or trial_end(at, days, await vendor_zone()),
        price.id,
        plan.takes_slot,
        refused,
    )


async def _trial_days(plan: PlanCode, way_in: WayIn, at: datetime) -> int:
    term = (
        await TrialTerm.filter(plan_id=plan, way_in=way_in, effective_from__lte=at)
        .order_by("-effective_from")
        .first()
    )
    return term.trial_days if term else 0
