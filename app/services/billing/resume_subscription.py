"""Take back the cancellation of a client's subscription before the term ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.client_lifecycle import resume_subscription_problem
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Subscription
from app.services.billing import subscriptions
from app.services.billing.lifecycle import bring_partner_to
from app.services.clients.locking import lock_client, refuse_if
from app.services.inputs import arguments
from app.services.partners.locking import partner_problem
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class ResumeSubscription:
    """The client whose cancelled subscription is to continue."""

    idempotency_key: str
    client_id: UUID


async def resume_subscription(caller: Caller, input: ResumeSubscription) -> Mapping[str, UUID]:
    """Resume; gives the ids `client` and `subscription`.

    The subscription renews at the end of its term again. Raises Refused with NOT_FOUND,
    ROLE_TOO_LOW, PARTNER_NOT_ACTIVE, NO_SUBSCRIPTION if there is none or it has ended, and
    ALREADY_DONE if it is not cancelled.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        refuse_if(partner_problem(client.partner, "clientId"))
        await bring_partner_to(client.partner_id, now)
        found = await subscriptions.live(client.id)
        ending = found is not None and found.ends_at is not None
        refuse_if(resume_subscription_problem(found is not None, ending, "clientId"))
        assert found is not None and found.due_at is not None
        await Subscription.filter(id=found.id).update(ends_at=None)
        await append(
            EventType.SUBSCRIPTION_RESUMED,
            subject_id=found.id,
            partner_id=client.partner_id,
            client_id=client.id,
            actor=caller.actor,
            at=now,
            data={"plan": found.plan_id, "renewsAt": found.due_at.isoformat()},
        )
        ids = {"client": client.id, "subscription": found.id}
        return Done(found.id, client.partner_id, ids)

    return await perform(
        caller, "resumeSubscription", input.idempotency_key, arguments(input), work
    )
