"""Invitations of demo people who have not accepted yet: some are pending, most have expired."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.demo.ids import id_at
from app.demo.partner import Team
from app.demo.timeline import EventActor
from app.domain.events import EventType
from app.persistence.models import Invitation


def add_invitation(
    team: Team,
    at: datetime,
    actor: EventActor,
    email: str,
    advisor_id: UUID | None = None,
    client_user_id: UUID | None = None,
    client_id: UUID | None = None,
) -> None:
    """Invite a user to the team, or (with a client) to a client team."""
    # A separate random generator, so that invitations do not change other data.
    random = Random(f"{advisor_id or client_user_id}:invitation")
    id = id_at(at, random)
    expires_at = at + timedelta(days=team.shared.invitation_days)
    team.rows.add(
        Invitation,
        id=id,
        partner_id=team.id,
        client_id=client_id,
        advisor_id=advisor_id,
        client_user_id=client_user_id,
        email=email,
        created_at=at,
        created_by=actor.id,
        expires_at=expires_at,
    )
    data = {"expiresAt": expires_at.isoformat()}
    team.timeline.record(EventType.INVITATION_CREATED, at, id, actor, data, client_id)
