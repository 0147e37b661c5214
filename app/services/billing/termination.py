"""The end of a subscription: the client goes back to the plan it had before (S1)."""

from datetime import datetime

from app.auth.actor import Actor
from app.domain.clients import ClientStatus
from app.domain.events import EventType
from app.events.outbox import new_event
from app.persistence.models import Client, Event, Subscription


async def go_back(subscription: Subscription) -> None:
    """Give the client its former plan again, inside the open unit of work.

    What is archived stays as it was, and so does what has another plan by now.
    """
    client = Client.filter(id=subscription.client_id, plan_id=subscription.plan_id)
    await client.exclude(status=ClientStatus.ARCHIVED).update(plan_id=subscription.former_plan_id)


def ended_event(subscription: Subscription, actor: Actor, at: datetime) -> Event:
    """The event of a subscription that is over, not written yet."""
    return new_event(
        EventType.SUBSCRIPTION_ENDED,
        subject_id=subscription.id,
        partner_id=subscription.partner_id,
        client_id=subscription.client_id,
        actor=actor,
        at=at,
        data={"from": subscription.plan_id, "to": subscription.former_plan_id},
    )
