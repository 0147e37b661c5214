"""What the state of a client, its partner and the advisor in it allows, deed by deed.

The use cases refuse by the same rules; here they are asked beforehand, for portals. What depends on
further input, such as which advisor is to be assigned, is not looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain import client_lifecycle
from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.errors import ErrorCode, Problem
from app.domain.partners import PartnerStatus, status_problem
from app.domain.plans import (
    BillingInterval,
    PlanCode,
    price_problem,
    slots_problem,
    upgrade_problem,
)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan takes."""

    code: PlanCode
    takes_slot: bool
    starts_subscription: bool


@dataclass(frozen=True, slots=True)
class PartnerState:
    """A partner: `priced` has the plan and company size of each monthly price in force for it."""

    status: PartnerStatus
    currency: str
    slots_left: int
    plans: Sequence[PlanTerms]
    priced: frozenset[tuple[PlanCode, str]]


@dataclass(frozen=True, slots=True)
class ClientState:
    """A client. `role` is that of the advisor who asks, None for anyone else.

    `cancellable`: it has a subscription that is not cancelled yet. `ending`: it has one that is
    cancelled for the end of its term. `domain_taken`: another live client of the partner has its
    domain.
    """

    partner: PartnerState
    status: ClientStatus
    plan: PlanCode
    bracket: str
    domain: str
    role: AssignmentRole | None = None
    domain_taken: bool = False
    cancellable: bool = False
    ending: bool = False


def work_problem(state: ClientState) -> Problem | None:
    """For new work in a client, such as another user."""
    return (
        _role(state)
        or client_lifecycle.work_problem(state.status)
        or status_problem(state.partner.status)
    )


def upgrade_problems(state: ClientState) -> Mapping[PlanCode, Problem | None]:
    """For an upgrade to each higher plan, charged monthly. Empty on the highest."""
    hindrance = work_problem(state)
    return {
        plan.code: hindrance or plan_problem(state.partner, plan, state.bracket)
        for plan in state.partner.plans
        if plan.code.rank > state.plan.rank
    }


def upgrade_to_any_problem(state: ClientState) -> Problem | None:
    """For an upgrade to whichever higher plan there is."""
    problems = upgrade_problems(state).values()
    if not problems:
        return work_problem(state) or upgrade_problem(state.plan, state.plan, ending=state.ending)
    return None if None in problems else next(iter(problems))


def plan_problem(partner: PartnerState, plan: PlanTerms, bracket: str) -> Problem | None:
    """NO_SLOTS_AVAILABLE or NO_PRICE for a client of the partner and of this size."""
    if plan.takes_slot:
        return slots_problem(partner.slots_left)
    if plan.starts_subscription and (plan.code, bracket) not in partner.priced:
        return price_problem(plan.code, bracket, BillingInterval.MONTH, partner.currency)
    return None


def archive_problem(state: ClientState) -> Problem | None:
    """For archiving."""
    return _role(state) or client_lifecycle.archive_problem(state.status)


def restore_problem(state: ClientState) -> Problem | None:
    """For bringing it back."""
    taken = client_lifecycle.domain_taken(state.domain) if state.domain_taken else None
    return (
        _role(state)
        or client_lifecycle.restore_problem(state.status)
        or status_problem(state.partner.status)
        or taken
    )


def suspend_problem(state: ClientState) -> Problem | None:
    """For pausing."""
    return _role(state) or client_lifecycle.suspend_problem(state.status)


def resume_problem(state: ClientState) -> Problem | None:
    """For going on after a pause."""
    return (
        _role(state)
        or client_lifecycle.resume_problem(state.status)
        or status_problem(state.partner.status)
    )


def resize_problem(state: ClientState) -> Problem | None:
    """For another number of employees."""
    return _role(state) or client_lifecycle.resize_problem(state.status)


def cancel_problem(state: ClientState) -> Problem | None:
    """For cancelling the subscription."""
    if state.cancellable:
        return _role(state)
    message = "The client has no subscription that could be cancelled."
    return _role(state) or Problem(ErrorCode.NO_SUBSCRIPTION, message)


def resume_subscription_problem(state: ClientState) -> Problem | None:
    """For taking back the cancellation of the subscription."""
    return (
        _role(state)
        or status_problem(state.partner.status)
        or client_lifecycle.resume_subscription_problem(state.cancellable, state.ending)
    )


def _role(state: ClientState) -> Problem | None:
    return client_lifecycle.role_problem(state.role) if state.role else None
