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
from app.domain.plans import BillingInterval, PlanCode, WayIn, slots_problem
from app.persistence.models import Advisor, Partner, Plan
from app.services.advisors.selection import chosen_advisors, default_advisors, left_out
from app.services.billing.quote import Quote, quote
from app.services.clients.details_step import Details, Surroundings, check_details, surroundings
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
    around = await surroundings(partner.id, [input.domain], at)
    return await NewClientChecks(caller, partner, at, around).check(input)


class NewClientChecks:
    """The checks of one or more new clients of a partner, in the order in which they are made.

    What several of them need, such as a template's content or a price, is looked up once.
    """

    def __init__(
        self, caller: Caller, partner: Partner, at: datetime, around: Surroundings
    ) -> None:
        self._caller, self._partner, self._at, self._around = caller, partner, at, around
        self._plans: dict[object, ChosenPlan] = {}
        self._advisors: dict[object, tuple[list[Advisor], list[Problem]]] = {}
        self._offers: dict[object, tuple[Quote | None, list[Problem]]] = {}
        # Slots that the clients before this one want.
        self._wanted = 0

    async def check(self, input: CreateClient) -> Draft:
        """Check all three steps of a client. Only reads."""
        chosen = await self._plan(input)
        slot_problem = self._want_slot(chosen)
        details = check_details(
            self._around,
            name=input.name,
            domain=input.domain,
            employee_count=input.employee_count,
            bracket_code=input.bracket_code,
        )
        template_id = chosen.template.id if chosen.template else None
        details.advisors, unknown = await self._team(input.advisor_ids, template_id)
        offer, price_problems = await self._offer(chosen, details, input.interval)
        return Draft(
            chosen,
            details,
            distinct_users(input.users),
            offer,
            {
                CreateClientStep.PLAN: (*chosen.problems, *slot_problem),
                CreateClientStep.DETAILS: (*details.problems, *unknown, *price_problems),
                CreateClientStep.USERS: tuple(check_users(input.users)),
            },
        )

    async def _plan(self, input: CreateClient) -> ChosenPlan:
        key = (input.plan_code, input.template_id)
        if key not in self._plans:
            self._plans[key] = await choose_plan(self._caller, self._partner, *key)
        return self._plans[key]

    def _want_slot(self, chosen: ChosenPlan) -> list[Problem]:
        if chosen.plan is None or not chosen.plan.takes_slot:
            return []
        problem = slots_problem(chosen.slots_available - self._wanted, "start")
        self._wanted += 1
        return [problem] if problem else []

    async def _team(
        self, ids: tuple[UUID, ...] | None, template_id: UUID | None
    ) -> tuple[list[Advisor], list[Problem]]:
        key = template_id if ids is None else ids
        if key not in self._advisors:
            self._advisors[key] = await self._find_team(ids, template_id)
        return self._advisors[key]

    async def _find_team(
        self, ids: tuple[UUID, ...] | None, template_id: UUID | None
    ) -> tuple[list[Advisor], list[Problem]]:
        actor = self._caller.actor
        if ids is None:
            return await default_advisors(actor, self._partner.id, template_id), []
        advisors, problems = await chosen_advisors(self._partner.id, ids)
        return advisors, problems + left_out(actor, ids)

    async def _offer(
        self, chosen: ChosenPlan, details: Details, interval: BillingInterval
    ) -> tuple[Quote | None, list[Problem]]:
        """The quote, as soon as plan and size are known. A missing price shows with the size."""
        if chosen.plan is None or details.bracket is None:
            return None, []
        used = details.domain in self._around.without_trial
        key = (chosen.plan.code, details.bracket, interval, used)
        if key not in self._offers:
            self._offers[key] = await self._quote(chosen.plan, details.bracket, interval, used)
        return self._offers[key]

    async def _quote(
        self, plan: Plan, bracket: str, interval: BillingInterval, trial_used: bool
    ) -> tuple[Quote | None, list[Problem]]:
        currency = self._partner.currency_code
        try:
            offer = await quote(
                *(plan, bracket, currency, interval, WayIn.CREATE, self._at, "size"),
                trial_used=trial_used,
            )
        except Refused as refusal:
            return None, refusal.problems
        return offer, []
