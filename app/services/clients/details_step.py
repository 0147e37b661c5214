"""Step 2 of a new client: name, website domain, size and advisors (S4)."""

from dataclasses import dataclass, field
from uuid import UUID

from app.domain.checks import check_line
from app.domain.clients import ClientStatus, SizeSource
from app.domain.errors import ErrorCode, Problem
from app.domain.plans import Bracket, bracket_of
from app.domain.text import normalise_domain
from app.persistence.models import Advisor, Client, EmployeeBracket, Partner
from app.services.advisors.choice import chosen_advisors, default_advisors, left_out
from app.services.use_case import Caller


@dataclass(slots=True)
class Details:
    """What step 2 comes to; `domain` and `bracket` are None while they are not clear."""

    name: str
    domain: str | None = None
    bracket: str | None = None
    size_source: SizeSource = SizeSource.DECLARED
    advisors: list[Advisor] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


async def check_details(
    caller: Caller,
    partner: Partner,
    *,
    name: str,
    domain: str,
    employee_count: int | None,
    bracket_code: str | None,
    advisor_ids: tuple[UUID, ...] | None,
    template_id: UUID | None,
) -> Details:
    """Check the details of a client that is to be the partner's. Only reads."""
    details = Details(" ".join(name.split()), problems=check_line(name, "name"))
    await _check_domain(partner, domain, details)
    await _check_size(employee_count, bracket_code, details)
    if advisor_ids is None:
        details.advisors = await default_advisors(caller.actor, partner.id, template_id)
    else:
        details.advisors, problems = await chosen_advisors(partner.id, advisor_ids)
        details.problems += problems
        details.problems += left_out(caller.actor, advisor_ids)
    return details


async def _check_domain(partner: Partner, domain: str, details: Details) -> None:
    try:
        details.domain = normalise_domain(domain)
    except ValueError as error:
        details.problems.append(Problem(ErrorCode.INVALID, str(error), ("domain",)))
        return
    live = Client.filter(partner_id=partner.id, domain=details.domain)
    if await live.exclude(status=ClientStatus.ARCHIVED).exists():
        message = (
            f"The partner has a client with the domain {details.domain}."
            " Use that client, or archive it first."
        )
        details.problems.append(Problem(ErrorCode.DOMAIN_TAKEN, message, ("domain",)))


async def _check_size(
    employee_count: int | None, bracket_code: str | None, details: Details
) -> None:
    if (employee_count is None) == (bracket_code is None):
        message = "Give either the number of employees or a company size."
        details.problems.append(Problem(ErrorCode.REQUIRED, message, ("size",)))
        return
    brackets = [
        Bracket(row.code, row.min_employees, row.max_employees)
        for row in await EmployeeBracket.all().order_by("min_employees")
    ]
    if employee_count is not None:
        details.size_source = SizeSource.COUNTED
        found = bracket_of(employee_count, brackets)
        details.bracket = found.code if found else None
        if found is None:
            message = "Give a number of employees of 1 or more."
            field = ("size", "employeeCount")
            details.problems.append(Problem(ErrorCode.INVALID, message, field))
    elif any(bracket.code == bracket_code for bracket in brackets):
        details.bracket = bracket_code
    else:
        known = ", ".join(bracket.code for bracket in brackets)
        message = f"There is no such company size. Use one of: {known}."
        details.problems.append(Problem(ErrorCode.INVALID, message, ("size", "bracket")))
