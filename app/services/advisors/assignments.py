"""Assignments: an advisor working inside a client, begun and ended with an event each."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.auth.actor import Actor
from app.domain.clients import AssignmentRole, outranks
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.ids import global_id
from app.events.outbox import new_event
from app.persistence.models import Advisor, AdvisorAssignment, Client, Event

# Rows in one statement.
CHUNK = 500


async def begin(
    actor: Actor, client: Client, advisor: Advisor, role: AssignmentRole, at: datetime
) -> AdvisorAssignment:
    """Put an advisor into a client, inside the open unit of work."""
    [assignment] = await begin_all(actor, [(client, advisor)], role, at)
    return assignment


async def begin_all(
    actor: Actor, pairs: Iterable[tuple[Client, Advisor]], role: AssignmentRole, at: datetime
) -> list[AdvisorAssignment]:
    """Put each advisor into the client beside it: as `begin`, in two statements for all."""
    begun = [
        AdvisorAssignment(
            partner_id=client.partner_id,
            client_id=client.id,
            advisor_id=advisor.id,
            role=role,
            assigned_at=at,
        )
        for client, advisor in pairs
    ]
    await AdvisorAssignment.bulk_create(begun, batch_size=CHUNK)
    events = [_event(EventType.ADVISOR_ASSIGNED, actor, each, at) for each in begun]
    await Event.bulk_create(events, batch_size=CHUNK)
    return begun


async def end(actor: Actor, assignment: AdvisorAssignment, at: datetime) -> None:
    """Take an advisor out of a client, inside the open unit of work."""
    await AdvisorAssignment.filter(id=assignment.id, ended_at=None).update(ended_at=at)
    await _event(EventType.ADVISOR_UNASSIGNED, actor, assignment, at).save()


async def hand_over(
    actor: Actor, assignment: AdvisorAssignment, successor: Advisor, at: datetime
) -> None:
    """End an assignment and give its role to a successor, who keeps a higher one of their own."""
    await end(actor, assignment, at)
    role = AssignmentRole(assignment.role)
    own = await AdvisorAssignment.get_or_none(
        client_id=assignment.client_id, advisor_id=successor.id, ended_at=None
    )
    if own:
        if not outranks(role, AssignmentRole(own.role)):
            return
        await end(actor, own, at)
    await begin(actor, await Client.get(id=assignment.client_id), successor, role, at)


async def current(client_id: UUID, advisor_id: UUID, *field: str) -> AdvisorAssignment:
    """The assignment that lasts. Raises Refused with ALREADY_DONE at `field` if there is none."""
    assignment = await AdvisorAssignment.get_or_none(
        client_id=client_id, advisor_id=advisor_id, ended_at=None
    )
    if assignment is None:
        message = "The advisor does not work in this client."
        raise refuse(ErrorCode.ALREADY_DONE, message, *field)
    return assignment


def _event(type: EventType, actor: Actor, assignment: AdvisorAssignment, at: datetime) -> Event:
    return new_event(
        type,
        subject_id=assignment.advisor_id,
        partner_id=assignment.partner_id,
        client_id=assignment.client_id,
        actor=actor,
        at=at,
        data={"advisorId": global_id("Advisor", assignment.advisor_id), "role": assignment.role},
    )
