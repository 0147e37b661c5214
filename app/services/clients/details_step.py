"""Step 2 of a new client: name, website domain and size (S4). Its advisors are looked up apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line
from app.domain.client_lifecycle import domain_taken
from app.domain.clients import ClientStatus, SizeSource
from app.domain.domains import normalise_domain
from app.domain.errors import ErrorCode, Problem
from app.domain.plans import Bracket, chosen_size
from app.persistence.models import Advisor, Client, EmployeeBracket
from app.services.billing.trials import customers_without_trial


@dataclass(slots=True)
class Details:
    """What step 2 comes to; `domain` and `bracket` are None while they are not clear."""

    name: str
    domain: str | None = None
    employee_count: int | None = None
    bracket: str | None = None
    size_source: SizeSource = SizeSource.DECLARED
    advisors: Sequence[Advisor] = ()
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What details are checked against: domains that are taken or get no trial, and the sizes."""

    taken: frozenset[str]
    brackets: Sequence[Bracket]
    without_trial: frozenset[str] = frozenset()


async def surroundings(partner_id: UUID, domains: Iterable[str], at: datetime) -> Surroundings:
    """What there is of these domains, as they were entered, among a partner's live clients."""
    wanted = {domain for each in domains if (domain := normal_or_none(each))}
    live = Client.filter(partner_id=partner_id, domain__in=wanted)
    taken = await live.exclude(status=ClientStatus.ARCHIVED).values_list("domain", flat=True)
    brackets = await EmployeeBracket.all().order_by("min_employees")
    return Surroundings(
        frozenset(taken),  # type: ignore[arg-type]
        [Bracket(row.code, row.min_employees, row.max_employees) for row in brackets],
        await customers_without_trial(partner_id, wanted, at),
    )


def check_details(
    around: Surroundings,
    *,
    name: str,
    domain: str,
    employee_count: int | None,
    bracket_code: str | None,
) -> Details:
    """Check the details of a new client, but for its advisors."""
    details = Details(" ".join(name.split()), problems=check_line(name, "name"))
    _check_domain(around, domain, details)
    _check_size(around, employee_count, bracket_code, details)
    return details


def normal_or_none(domain: str) -> str | None:
    """A domain in its canonical form; None if it is not one."""
    try:
        return normalise_domain(domain)
    except ValueError:
        return None


def _check_domain(around: Surroundings, domain: str, details: Details) -> None:
    try:
        details.domain = normalise_domain(domain)
    except ValueError as error:
        details.problems.append(Problem(ErrorCode.INVALID, str(error), ("domain",)))
        return
    if details.domain in around.taken:
        details.problems.append(domain_taken(details.domain, "domain"))


def _check_size(
    around: Surroundings, employee_count: int | None, bracket_code: str | None, details: Details
) -> None:
    if employee_count is not None:
        details.size_source, details.employee_count = SizeSource.COUNTED, employee_count
    size = chosen_size(employee_count, bracket_code, around.brackets, "size")
    if isinstance(size, Problem):
        details.problems.append(size)
    else:
        details.bracket = size
