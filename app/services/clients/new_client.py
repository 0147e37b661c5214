"""What createClient is given, and its checks: the same for creating and for validating (S4).

Each step is checked on its own, so that a wizard can validate as it goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import (
    CreateClientStep,
    NewClientUser,
    check_users,
    distinct_users,
)
from app.domain.errors import Problem, Refused
from app.domain.plans import BillingInterval, PlanCode, WayIn
from app.persistence.models import Partner
from app.services.billing.quote import Quote, quote
from app.services.clients.details_step import Details, check_details
from app.services.clients.plan_step import ChosenPlan, choose_plan
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class CreateClient:
    """A new client, in three steps.

    Step 1: `plan_code` or `template_id`. Step 2: name, domain, `employee_count` or `bracket_code`,
    and advisors; None for the default: the template's and, if of the team, whoever creates it.
    Step 3: `users`. `partner_id` is for the vendor; others act for their own.
    """

    idempotency_key: str
    name: str
    domain: str
    plan_code: PlanCode | None = None
    template_id: UUID | None = None
    employee_count: int | None = None
    bracket_code: str | None = None
    advisor_ids: tuple[UUID, ...] | None = None
    users: tuple[NewClientUser, ...] = ()
    partner_id: UUID | None = None
    interval: BillingInterval = BillingInterval.MONTH


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked new client: complete if there are no problems."""

    chosen: ChosenPlan
    details: Details
    users: list[NewClientUser]
    quote: Quote | None
    problems: Mapping[CreateClientStep, tuple[Problem, ...]]

    @property
    def all_problems(self) -> list[Problem]:
        """Those of all steps, in order."""
        return [problem for step in CreateClientStep for problem in self.problems[step]]


async def check_new_client(
    caller: Caller, partner: Partner, input: CreateClient, at: datetime
) -> Draft:
    """Check all three steps of a client that is to be the partner's. Only reads."""
    chosen = await choose_plan(caller, partner, input.plan_code, input.template_id)
    details = await check_details(
        caller,
        partner,
        name=input.name,
        domain=input.domain,
        employee_count=input.employee_count,
        bracket_code=input.bracket_code,
        advisor_ids=input.advisor_ids,
        template_id=chosen.template.id if chosen.template else None,
    )
    offer, price_problems = await _offer(partner, chosen, details, input.interval, at)
    return Draft(
        chosen,
        details,
        distinct_users(input.users),
        offer,
        {
            CreateClientStep.PLAN: tuple(chosen.problems),
            CreateClientStep.DETAILS: (*details.problems, *price_problems),
            CreateClientStep.USERS: tuple(check_users(input.users)),
        },
    )


async def _offer(
    partner: Partner,
    chosen: ChosenPlan,
    details: Details,
    interval: BillingInterval,
    at: datetime,
) -> tuple[Quote | None, list[Problem]]:
    """The quote, as soon as plan and size are known. A missing price shows with the size."""
    if chosen.plan is None or details.bracket is None:
        return None, []
    try:
        offer = await quote(
            chosen.plan,
            details.bracket,
            partner.currency_code,
            interval,
            WayIn.CREATE,
            at,
            "size",
        )
    except Refused as refusal:
        return None, refusal.problems
    return offer, []
