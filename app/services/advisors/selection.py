"""Which advisors a new client gets, and how an advisor who was named is found."""

from collections.abc import Sequence
from uuid import UUID

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Problem
from app.domain.identity import Role
from app.domain.partners import AdvisorStatus
from app.persistence.models import Advisor, TemplateAdvisor

MAX_ADVISORS_AT_ONCE = 100


def unknown_advisor(*field: str) -> Problem:
    """One answer for an advisor of another team, one who is not active, and one who is not."""
    return Problem(
        ErrorCode.UNKNOWN_ADVISOR,
        "No active advisor of this partner team has this id. Name one who has accepted the"
        " invitation to the team.",
        field,
    )


async def active_advisor(partner_id: UUID, advisor_id: UUID) -> Advisor | None:
    """The advisor, if active in this partner's team."""
    return await Advisor.get_or_none(
        id=advisor_id, partner_id=partner_id, status=AdvisorStatus.ACTIVE
    )


async def chosen_advisors(
    partner_id: UUID, ids: Sequence[UUID]
) -> tuple[list[Advisor], list[Problem]]:
    """The advisors that were named, each once, and a problem at the position of each unknown."""
    if len(ids) > MAX_ADVISORS_AT_ONCE:
        message = f"Name at most {MAX_ADVISORS_AT_ONCE} advisors at once, and assign others later."
        return [], [Problem(ErrorCode.INVALID, message, ("advisorIds",))]
    known = await _active(partner_id, ids)
    unknown = [
        unknown_advisor("advisorIds", str(position))
        for position, id in enumerate(ids)
        if id not in known
    ]
    return [known[id] for id in dict.fromkeys(ids) if id in known], unknown


def left_out(actor: Actor, ids: Sequence[UUID]) -> list[Problem]:
    """INVALID if an advisor is not among those named: they see only the clients they work in."""
    if actor.role is not Role.ADVISOR or actor.user_id in ids:
        return []
    message = "You would not see this client. Name yourself too, or leave this out."
    return [Problem(ErrorCode.INVALID, message, ("advisorIds",))]


async def default_advisors(
    actor: Actor, partner_id: UUID, template_id: UUID | None
) -> list[Advisor]:
    """The template's advisors, then whoever creates the client, if of the partner's team (S4).

    A template may still name someone who has left the team since: that one is passed over.
    """
    rows = await TemplateAdvisor.filter(template_id=template_id).order_by("position")
    ids: list[UUID] = [row.advisor_id for row in rows]
    if actor.role in (Role.PARTNER_ADMIN, Role.ADVISOR) and actor.user_id:
        ids.append(actor.user_id)
    known = await _active(partner_id, ids)
    return [known[id] for id in dict.fromkeys(ids) if id in known]


async def _active(partner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Advisor]:
    rows = await Advisor.filter(
        id__in=list(ids), partner_id=partner_id, status=AdvisorStatus.ACTIVE
    )
    return {row.id: row for row in rows}
