"""Create a client, all three steps at once (S4): plan or template, details, users."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.clients import NewClientUser
from app.domain.errors import Refused
from app.persistence.models import Invitation
from app.services.billing.trials import lock_customers
from app.services.clients.details_step import normal_or_none
from app.services.clients.insert_clients import add_clients
from app.services.clients.new_client import CreateClient, check_new_client
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner, partner_of
from app.services.use_case import Caller, Done, perform

__all__ = ["CreateClient", "NewClientUser", "create_client"]


async def create_client(caller: Caller, input: CreateClient) -> Mapping[str, UUID]:
    """Create an ACTIVE client with its content, advisors, users and licence.

    Gives the ids `client` and, in the order of the users, `invitation.0`, `invitation.1` and so on.
    Raises Refused with the problems of all steps: REQUIRED, INVALID, TOO_LONG, NOT_FOUND,
    PARTNER_NOT_ACTIVE, PLAN_CONFLICT, TEMPLATE_RETIRED, CONTENT_RETIRED, CONTENT_NOT_PUBLISHED,
    NO_SLOTS_AVAILABLE, NO_PRICE, DOMAIN_TAKEN, UNKNOWN_ADVISOR, DUPLICATE, NO_POLICY.
    """
    return await perform(
        caller,
        "createClient",
        input.idempotency_key,
        _as_sent(input),
        lambda now: _create(caller, input, now),
    )


def _as_sent(input: CreateClient) -> dict[str, Any]:
    """The input as the API has it, where plan and size are nested: refusals name its paths."""
    values = arguments(input)
    start = {name: values.pop(name) for name in ("plan_code", "template_id")}
    count, bracket = values.pop("employee_count"), values.pop("bracket_code")
    return {**values, "start": start, "size": {"employee_count": count, "bracket": bracket}}


async def _create(caller: Caller, input: CreateClient, now: datetime) -> Done:
    partner = await lock_partner((await partner_of(caller, input.partner_id)).id)
    if domain := normal_or_none(input.domain):
        await lock_customers(caller.database, [domain])
    draft = await check_new_client(caller, partner, input, now)
    if draft.all_problems:
        raise Refused(draft.all_problems)
    [client] = await add_clients(caller, partner, [draft], now)
    invitations = await Invitation.filter(client_id=client.id).order_by("id")
    ids = {f"invitation.{position}": row.id for position, row in enumerate(invitations)}
    return Done(client.id, partner.id, {"client": client.id, **ids})
