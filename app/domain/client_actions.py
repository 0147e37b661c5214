"""Which actions the state of a client, its partner and the calling advisor allows.

Use cases apply the same rules. Here they are checked in advance, for portals. Rules that depend on
further input, such as which advisor to assign, are not checked.
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
    """What a plan requires."""

    code: PlanCode
    takes_slot: bool
    starts_subscription: bool


@dataclass(frozen=True, slots=True)
class PartnerState:
    """The state of a partner. `priced` has the plan and company size of each monthly price in force
    for it.
    """

    status: PartnerStatus
    currency: str
    slots_left: int
    plans: Sequence[PlanTerms]
    priced: frozenset[tuple[PlanCode, str]]


@dataclass(frozen=True, slots=True)
class ClientState:
    """The state of a client. `role` is that of the calling advisor; None for other callers.

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
    """Return what prevents new work in a client, such as adding a user."""
    return (
        _role(state)
        or client_lifecycle.work_problem(state.status)
        or status_problem(state.partner.status)
    )


def upgrade_problems(state: ClientState) -> Mapping[PlanCode, Problem | None]:
    """Return what prevents a monthly upgrade to each higher plan. Empty on the highest plan."""
    hindrance = work_problem(state)
    return {
        plan.code: hindrance or plan_problem(state.partner, plan, state.bracket)
        for plan in state.partner.plans
        if plan.code.rank > state.plan.rank
    }


def upgrade_to_any_problem(state: ClientState) -> Problem | None:
    """Return what prevents an upgrade to any higher plan."""
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
    """Return what prevents archiving."""
    return _role(state) or client_lifecycle.archive_problem(state.status)


def restore_problem(state: ClientState) -> Problem | None:
    """Return what prevents restoring."""
    taken = client_lifecycle.domain_taken(state.domain) if state.domain_taken else None
    return (
        _role(state)
        or client_lifecycle.restore_problem(state.status)
        or status_problem(state.partner.status)
        or taken
    )


def suspend_problem(state: ClientState) -> Problem | None:
    """Return what prevents suspending."""
    return _role(state) or client_lifecycle.suspend_problem(state.status)


def resume_problem(state: ClientState) -> Problem | None:
    """Return what prevents resuming."""
    return (
        _role(state)
        or client_lifecycle.resume_problem(state.status)
        or status_problem(state.partner.status)
    )


def resize_problem(state: ClientState) -> Problem | None:
    """Return what prevents changing the number of employees."""
    return _role(state) or client_lifecycle.resize_problem(state.status)


def cancel_problem(state: ClientState) -> Problem | None:
    """Return what prevents cancelling the subscription."""
    if state.cancellable:
        return _role(state)
    message = "The client has no subscription to cancel."
    return _role(state) or Problem(ErrorCode.NO_SUBSCRIPTION, message)


def resume_subscription_problem(state: ClientState) -> Problem | None:
    """Return what prevents undoing the cancellation of the subscription."""
    return (
        _role(state)
        or status_problem(state.partner.status)
        or client_lifecycle.resume_subscription_problem(state.cancellable, state.ending)
    )


def _role(state: ClientState) -> Problem | None:
    return client_lifecycle.role_problem(state.role) if state.role else None
