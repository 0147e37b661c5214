"""The vendor says who pays for a partner's clients (S1): from the next term of each on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.partners import BillingModel
from app.events.outbox import append
from app.persistence.models import Partner
from app.services.billing.lifecycle import bring_partner_to
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class SetBillingModel:
    """A partner and its billing model."""

    idempotency_key: str
    partner_id: UUID
    billing_model: BillingModel


async def set_billing_model(caller: Caller, input: SetBillingModel) -> Mapping[str, UUID]:
    """Set it; gives the id `partner`. Terms that run keep their payer.

    Raises Refused with NOT_FOUND, and ALREADY_DONE if it has that billing model.
    """

    async def work(now: datetime) -> Done:
        found = await require(caller, Partner, input.partner_id, "partnerId")
        partner = await lock_partner(found.id)
        if partner.billing_model == input.billing_model:
            message = f"The partner's billing model is {input.billing_model} already."
            raise refuse(ErrorCode.ALREADY_DONE, message, "billingModel")
        # Terms that are due were begun under the model of then.
        await bring_partner_to(partner.id, now)
        await Partner.filter(id=partner.id).update(billing_model=input.billing_model)
        await append(
            EventType.BILLING_MODEL_CHANGED,
            subject_id=partner.id,
            partner_id=partner.id,
            actor=caller.actor,
            at=now,
            data={"from": partner.billing_model, "to": input.billing_model},
        )
        return Done(partner.id, partner.id, {"partner": partner.id})

    return await perform(caller, "setBillingModel", input.idempotency_key, arguments(input), work)
