"""Assignments: an advisor working inside a client, begun and ended with an event each."""

from datetime import datetime

from app.auth.actor import Actor
from app.domain.clients import AssignmentRole
from app.domain.events import EventType
from app.domain.ids import global_id
from app.events.outbox import append
from app.persistence.models import Advisor, AdvisorAssignment, Client


async def begin(
    actor: Actor, client: Client, advisor: Advisor, role: AssignmentRole, at: datetime
) -> AdvisorAssignment:
    """Put an advisor into a client, inside the open unit of work."""
    assignment = await AdvisorAssignment.create(
        partner_id=client.partner_id,
        client_id=client.id,
        advisor_id=advisor.id,
        role=role,
        assigned_at=at,
    )
    await _tell(EventType.ADVISOR_ASSIGNED, actor, assignment, at)
    return assignment


async def end(actor: Actor, assignment: AdvisorAssignment, at: datetime) -> None:
    """Take an advisor out of a client, inside the open unit of work."""
    await AdvisorAssignment.filter(id=assignment.id, ended_at=None).update(ended_at=at)
    await _tell(EventType.ADVISOR_UNASSIGNED, actor, assignment, at)


async def _tell(type: EventType, actor: Actor, assignment: AdvisorAssignment, at: datetime) -> None:
    await append(
        type,
        subject_id=assignment.advisor_id,
        partner_id=assignment.partner_id,
        client_id=assignment.client_id,
        actor=actor,
        at=at,
        data={"advisorId": global_id("Advisor", assignment.advisor_id), "role": assignment.role},
    )
