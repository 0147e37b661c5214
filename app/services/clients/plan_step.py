"""Step 1 of a new client: its plan, or the template that brings plan and content (S4)."""

from dataclasses import dataclass, field
from uuid import UUID

from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.plans import PlanCode, TemplateStatus, starting_plan
from app.persistence.models import ClientTemplate, Partner, Plan
from app.services.billing.slots import available
from app.services.clients.template_content import PickedVersion, pick_versions
from app.services.partners.locking import partner_problem
from app.services.use_case import Caller
from app.services.visible import find

TEMPLATE_FIELD = ("start", "templateId")


@dataclass(slots=True)
class ChosenPlan:
    """What step 1 comes to; `plan` is None while it is not clear."""

    slots_available: int
    plan: Plan | None = None
    template: ClientTemplate | None = None
    content: list[PickedVersion] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


async def choose_plan(
    caller: Caller, partner: Partner, plan_code: PlanCode | None, template_id: UUID | None
) -> ChosenPlan:
    """The plan and the content that a new client of the partner starts with. Only reads.

    Whether a slot is left for it is ignored: several clients may want one.
    """
    chosen = ChosenPlan(await available(partner.id))
    if problem := partner_problem(partner, "partnerId"):
        chosen.problems.append(problem)
    if template_id is not None:
        await _use_template(caller, partner, template_id, chosen)
        if chosen.template is None and plan_code is None:
            return chosen
    of_template = PlanCode(chosen.template.plan_id) if chosen.template else None
    code = starting_plan(plan_code, of_template, "start")
    if isinstance(code, Problem):
        chosen.problems.append(code)
        return chosen
    chosen.plan = await Plan.get(code=code)
    return chosen


async def _use_template(
    caller: Caller, partner: Partner, template_id: UUID, chosen: ChosenPlan
) -> None:
    template = await find(caller, ClientTemplate, template_id)
    # The vendor sees every template, but a client is made from one of its own partner's.
    if template is None or template.partner_id != partner.id:
        message = "There is no such client template. Check the id."
        chosen.problems.append(Problem(ErrorCode.NOT_FOUND, message, TEMPLATE_FIELD))
        return
    chosen.template = template
    if template.status == TemplateStatus.RETIRED:
        message = "This template is retired. Choose another template, or a plan."
        chosen.problems.append(Problem(ErrorCode.TEMPLATE_RETIRED, message, TEMPLATE_FIELD))
        return
    try:
        chosen.content = await pick_versions(caller, template.id, *TEMPLATE_FIELD)
    except Refused as refusal:
        chosen.problems += refusal.problems
