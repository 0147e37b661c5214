"""Users of a client team, added with an event each."""

from datetime import datetime

from app.auth.actor import Actor
from app.domain.clients import ClientUserStatus, NewClientUser
from app.domain.events import EventType
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import Client, ClientUser


async def add_user(actor: Actor, client: Client, user: NewClientUser, at: datetime) -> ClientUser:
    """Add a tidy, checked user as INVITED, inside the open unit of work."""
    row = await ClientUser.create(
        partner_id=client.partner_id,
        client_id=client.id,
        name=user.name,
        name_key=sort_key(user.name),
        email=user.email,
        status=ClientUserStatus.INVITED,
        created_at=at,
    )
    await append(
        EventType.CLIENT_USER_ADDED,
        subject_id=row.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=actor,
        at=at,
        data={"name": row.name},
    )
    return row
