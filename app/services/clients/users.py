"""Users of a client team, added with an event each."""

from datetime import datetime

from app.auth.actor import Actor
from app.domain.clients import ClientUserStatus, NewClientUser
from app.domain.events import EventType
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import Client, ClientUser, Invitation
from app.services.invitations.issuance import invite


async def add_user(actor: Actor, client: Client, user: NewClientUser, at: datetime) -> Invitation:
    """Add a tidy, checked user as INVITED, inside the open unit of work; the invitation comes back.

    Who was revoked comes back as the person they were. Raises Refused with NO_POLICY.
    """
    row = await ClientUser.get_or_none(client_id=client.id, email=user.email)
    if row is None:
        row = ClientUser(
            partner_id=client.partner_id, client_id=client.id, email=user.email, created_at=at
        )
    row.name, row.name_key = user.name, sort_key(user.name)
    row.status = ClientUserStatus.INVITED
    await row.save()
    await append(
        EventType.CLIENT_USER_ADDED,
        subject_id=row.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=actor,
        at=at,
        data={"name": row.name},
    )
    return await invite(actor, row, at)
