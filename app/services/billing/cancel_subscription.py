"""Cancel a client's subscription (S1): in its trial at once, afterwards for the end of its term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.plans import SubscriptionStatus
from app.events.outbox import append
from app.persistence.models import Subscription
from app.services.billing import subscriptions
from app.services.billing.lifecycle import bring_partner_to
from app.services.billing.termination import ended_event, go_back
from app.services.clients.locking import lock_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class CancelSubscription:
    """The client whose subscription is to end."""

    idempotency_key: str
    client_id: UUID


async def cancel_subscription(caller: Caller, input: CancelSubscription) -> Mapping[str, UUID]:
    """Cancel; gives the ids `client` and `subscription`.

    In the trial it is over at once, nothing is charged, and the client has its former plan again.
    Afterwards the client keeps the plan until the end of the term that runs, which stays charged.
    Raises Refused with NOT_FOUND, ROLE_TOO_LOW, and NO_SUBSCRIPTION if there is none, or if it is
    cancelled already.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        await bring_partner_to(client.partner_id, now)
        found = await subscriptions.live(client.id)
        if found is None or found.ends_at:
            raise refuse(
                ErrorCode.NO_SUBSCRIPTION,
                "The client has no subscription that could be cancelled.",
                "clientId",
            )
        in_trial = found.status == SubscriptionStatus.TRIALING
        found.ends_at = now if in_trial else found.due_at
        await append(
            EventType.SUBSCRIPTION_CANCELLED,
            subject_id=found.id,
            partner_id=client.partner_id,
            client_id=client.id,
            actor=caller.actor,
            at=now,
            data={
                "plan": found.plan_id,
                "endsAt": found.ends_at and found.ends_at.isoformat(),
                "inTrial": in_trial,
            },
        )
        if in_trial:
            await _end(caller, found, now)
        else:
            await Subscription.filter(id=found.id).update(ends_at=found.ends_at)
        ids = {"client": client.id, "subscription": found.id}
        return Done(found.id, client.partner_id, ids)

    return await perform(
        caller, "cancelSubscription", input.idempotency_key, arguments(input), work
    )


async def _end(caller: Caller, found: Subscription, now: datetime) -> None:
    await Subscription.filter(id=found.id).update(
        status=SubscriptionStatus.CANCELLED, cancelled_at=now, ends_at=now, due_at=None
    )
    await go_back(found)
    await ended_event(found, caller.actor, now).save()
