"""Move a client to a higher plan, at any time (S1, S4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import ClientStatus
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.plans import BillingInterval, PlanCode, WayIn, upgrade_problem
from app.events.outbox import append
from app.persistence.models import Client, Plan
from app.services.billing import slots, subscriptions
from app.services.billing.lifecycle import bring_partner_to
from app.services.billing.quote import Quote, quote
from app.services.billing.trials import lock_customers, trial_used
from app.services.clients.locking import lock_active_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class UpgradeClient:
    """A client and its new plan; the interval is for a plan sold by subscription."""

    idempotency_key: str
    client_id: UUID
    plan_code: PlanCode
    interval: BillingInterval = BillingInterval.MONTH


async def upgrade_client(caller: Caller, input: UpgradeClient) -> Mapping[str, UUID]:
    """Upgrade a client; gives the id `client`.

    To ASSESSMENT_ONLY takes a slot; to FULL_FEATURE starts a subscription, with a trial unless the
    customer had one or has paid. Raises Refused with NOT_FOUND, ROLE_TOO_LOW, CLIENT_NOT_ACTIVE or
    PARTNER_NOT_ACTIVE for the client, ALREADY_ON_PLAN, DOWNGRADE_NOT_ALLOWED, NO_SLOTS_AVAILABLE,
    NO_PRICE, and CONFLICT if the client changes at the same moment.
    """

    async def work(now: datetime) -> Done:
        client = await lock_active_client(caller, input.client_id)
        await lock_customers(caller.database, [client.domain])
        if await bring_partner_to(client.partner_id, now):
            await client.refresh_from_db(fields=["plan_id"])
        former = PlanCode(client.plan_id)
        running = await subscriptions.live(client.id)
        ending = running is not None and running.ends_at is not None
        if problem := upgrade_problem(former, input.plan_code, "planCode", ending=ending):
            raise Refused([problem])
        offer = await _offer(client, input, now)
        await _change_plan(client, former, input.plan_code)
        if offer.takes_slot:
            await slots.consume(client.partner_id, client.id, now, "planCode")
        await _tell(caller, client, former, offer, now)
        if offer.money:
            await subscriptions.start(client, client.partner, offer, former, now)
        return Done(client.id, client.partner_id, {"client": client.id})

    return await perform(caller, "upgradeClient", input.idempotency_key, arguments(input), work)


async def _offer(client: Client, input: UpgradeClient, now: datetime) -> Quote:
    return await quote(
        await Plan.get(code=input.plan_code),
        client.bracket_id,
        client.partner.currency_code,
        input.interval,
        WayIn.UPGRADE,
        now,
        "planCode",
        trial_used=await trial_used(client, now),
        paid_until=await subscriptions.paid_until(client.id, now),
    )


async def _change_plan(client: Client, former: PlanCode, plan: PlanCode) -> None:
    # The lock keeps others out; the condition makes sure, should someone change a plan without it.
    unchanged = Client.filter(id=client.id, plan_id=former, status=ClientStatus.ACTIVE)
    if not await unchanged.update(plan_id=plan):
        raise refuse(
            ErrorCode.CONFLICT,
            "The client changed at the same moment. Read it again and retry.",
            "clientId",
        )


async def _tell(
    caller: Caller, client: Client, former: PlanCode, offer: Quote, now: datetime
) -> None:
    await append(
        EventType.CLIENT_UPGRADED,
        subject_id=client.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=caller.actor,
        at=now,
        data={
            "from": former,
            "to": offer.plan,
            "trialEndsAt": offer.trial_ends_at.isoformat() if offer.trial_ends_at else None,
        },
    )
