"""Plans, trials, slots and subscriptions: the closed vocabularies and the pure rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from app.domain.errors import ErrorCode, Problem
from app.domain.partners import BillingModel


class PlanCode(StrEnum):
    """The plan of a client, in upgrade order (S1, S4)."""

    FREE = "FREE"
    ASSESSMENT_ONLY = "ASSESSMENT_ONLY"
    FULL_FEATURE = "FULL_FEATURE"

    @property
    def rank(self) -> int:
        """Position in the upgrade order, from 0."""
        return list(PlanCode).index(self)


class WayIn(StrEnum):
    """How a client gets a plan: trial days may differ."""

    CREATE = "CREATE"
    UPGRADE = "UPGRADE"


class TrialScope(StrEnum):
    """Whose earlier trials and payments rule out another trial for a website domain."""

    PER_CLIENT = "PER_CLIENT"
    PER_PARTNER = "PER_PARTNER"
    PER_CUSTOMER = "PER_CUSTOMER"


class SlotEntryKind(StrEnum):
    """Kinds of entries in a partner's slot ledger. The sum of quantities is the available slots."""

    INCLUDED = "INCLUDED"
    BOUGHT = "BOUGHT"
    RESERVED = "RESERVED"
    CONSUMED = "CONSUMED"
    RETURNED = "RETURNED"


class SubscriptionStatus(StrEnum):
    """TRIALING, then ACTIVE, then CANCELLED."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


class Payer(StrEnum):
    """Who is charged for a subscription, fixed on the day it starts."""

    PARTNER = "PARTNER"
    CLIENT = "CLIENT"


class BillingInterval(StrEnum):
    """How often a subscription is charged."""

    MONTH = "MONTH"
    YEAR = "YEAR"


class BundleSource(StrEnum):
    """How a partner got a block of slots: bought, or part of its agreement (S4)."""

    BOUGHT = "BOUGHT"
    INCLUDED = "INCLUDED"


class TemplateStatus(StrEnum):
    """A retired template cannot create clients."""

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class Bracket:
    """A company size: employees from `low` up to, not including, `high` (None: no end)."""

    code: str
    low: int
    high: int | None


def bracket_of(employees: int, brackets: Iterable[Bracket]) -> Bracket | None:
    """Return the company size for a number of employees; None if no range covers it."""
    for bracket in brackets:
        if bracket.low <= employees and (bracket.high is None or employees < bracket.high):
            return bracket
    return None


def chosen_size(
    employees: int | None, code: str | None, brackets: Sequence[Bracket], *field: str
) -> str | Problem:
    """Return the code of the counted or declared company size, of which one is needed (S4)."""
    if (employees is None) == (code is None):
        message = "Give either the number of employees or a company size."
        return Problem(ErrorCode.REQUIRED, message, field)
    if employees is not None:
        found = bracket_of(employees, brackets)
        message = "Give a number of employees of 1 or more."
        return (
            found.code if found else Problem(ErrorCode.INVALID, message, (*field, "employeeCount"))
        )
    known = [bracket.code for bracket in brackets]
    if code in known:
        return code
    message = f"There is no such company size. Use one of: {', '.join(known)}."
    return Problem(ErrorCode.INVALID, message, (*field, "bracket"))


def upgrade_problem(
    current: PlanCode, target: PlanCode, *field: str, ending: bool = False
) -> Problem | None:
    """Return what prevents a change from one plan to another; None if it is an upgrade (S4).

    The order is FREE, ASSESSMENT_ONLY, FULL_FEATURE; a step may be skipped. `ending`: the
    subscription to the current plan is cancelled for the end of its term.
    """
    if target is current:
        message = f"The client already has the plan {current}. " + (
            "Its subscription is cancelled for the end of the current term; use"
            " resumeSubscription to keep it."
            if ending
            else "Choose a higher one."
        )
        return Problem(ErrorCode.ALREADY_ON_PLAN, message, field)
    if target.rank < current.rank:
        message = f"A client cannot go down from {current} to {target}." + (
            ""
            if current is not PlanCode.FULL_FEATURE
            else " Its subscription is already cancelled for the end of the current term."
            if ending
            else " Cancel its subscription instead."
        )
        return Problem(ErrorCode.DOWNGRADE_NOT_ALLOWED, message, field)
    return None


def slots_problem(left: int, *field: str) -> Problem | None:
    """Return NO_SLOTS_AVAILABLE if none is left."""
    if left >= 1:
        return None
    message = "No assessment slot is left. Buy a bundle of slots, or choose another plan."
    return Problem(ErrorCode.NO_SLOTS_AVAILABLE, message, field)


def price_problem(
    plan: PlanCode, bracket: str, interval: BillingInterval, currency: str, *field: str
) -> Problem:
    """Return NO_PRICE for a price that is not in the price book in force."""
    message = (
        f"{plan} has no price for a company of {bracket}, per {interval}, in {currency}."
        " Ask the vendor for a price, or choose another plan or interval."
    )
    return Problem(ErrorCode.NO_PRICE, message, field)


def starting_plan(
    named: PlanCode | None, of_template: PlanCode | None, *field: str
) -> PlanCode | Problem:
    """Return the plan that a new client starts on: the given one, or that of its template (S4).

    `field` is the path of the choice. If both are given, they must agree.
    """
    if named is None and of_template is None:
        return Problem(ErrorCode.REQUIRED, "Choose a plan or a template to start from.", field)
    if named and of_template and named is not of_template:
        message = (
            f"The template starts clients on {of_template}, not on {named}."
            " Leave the plan out, and upgrade the client afterwards."
        )
        return Problem(ErrorCode.PLAN_CONFLICT, message, (*field, "planCode"))
    plan = named or of_template
    assert plan is not None
    return plan


def payer_for(model: BillingModel) -> Payer:
    """Return who is charged for the clients of a partner with this billing model (S1)."""
    return Payer.PARTNER if model is BillingModel.RESELLER else Payer.CLIENT


def trial_end(start: datetime, days: int, zone: tzinfo) -> datetime:
    """Return when a trial ends, in UTC: the same time of day in the vendor's zone, `days` days
    later.
    """
    return (start.astimezone(zone) + timedelta(days=days)).astimezone(UTC)
