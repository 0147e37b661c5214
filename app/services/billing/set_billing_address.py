"""Set the address that invoices go to: a partner's, or that of a client that pays itself."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.addresses import Address, check_address, check_tax_id
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Client, Partner
from app.services.clients.locking import lock_client
from app.services.partners.locking import lock_partner, partner_of
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class SetBillingAddress:
    """Whose: a client's if `client_id` is given, else a partner's, which the vendor names."""

    idempotency_key: str
    address: Address
    tax_id: str | None = None
    partner_id: UUID | None = None
    client_id: UUID | None = None


async def set_billing_address(caller: Caller, input: SetBillingAddress) -> Mapping[str, UUID]:
    """Set address and tax id as a whole; gives the id `partner`, and `client` if it is a client's.

    Invoices that are issued keep theirs. Raises Refused with REQUIRED, INVALID or TOO_LONG for the
    address, INVALID for both a partner and a client, and REQUIRED or NOT_FOUND for whose it is.
    """
    return await perform(
        caller,
        "setBillingAddress",
        input.idempotency_key,
        _as_sent(input),
        lambda now: _set(caller, input, now),
    )


def _as_sent(input: SetBillingAddress) -> dict[str, Any]:
    """The input as the API has it, where the address is not nested."""
    values = {"tax_id": input.tax_id, "partner_id": input.partner_id, "client_id": input.client_id}
    return {**values, **asdict(input.address)}


async def _set(caller: Caller, input: SetBillingAddress, now: datetime) -> Done:
    if problems := check_address(input.address) + check_tax_id(input.tax_id, "taxId"):
        raise Refused(problems)
    values = {
        "billing_address": input.address.data,
        "tax_id": (input.tax_id or "").strip() or None,
    }
    if input.client_id:
        if input.partner_id:
            message = "Name a client or a partner, not both."
            raise refuse(ErrorCode.INVALID, message, "partnerId")
        client = await lock_client(caller, input.client_id)
        await Client.filter(id=client.id).update(**values)
        ids = {"partner": client.partner_id, "client": client.id}
    else:
        partner = await lock_partner((await partner_of(caller, input.partner_id)).id)
        await Partner.filter(id=partner.id).update(**values)
        ids = {"partner": partner.id}
    await append(
        EventType.BILLING_ADDRESS_SET,
        subject_id=ids["partner"],
        partner_id=ids["partner"],
        client_id=input.client_id,
        actor=caller.actor,
        at=now,
    )
    return Done(input.client_id or ids["partner"], ids["partner"], ids)
