"""Change a client's size: counted employees, or a company size as declared (S4).

What it is charged follows from its next term on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.client_lifecycle import resize_problem
from app.domain.clients import ClientStatus, SizeSource
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.plans import BillingInterval, Bracket, PlanCode, chosen_size
from app.events.outbox import append
from app.persistence.models import Client, EmployeeBracket
from app.services.billing import subscriptions
from app.services.billing.lifecycle import bring_partner_to
from app.services.billing.prices import price_in_force
from app.services.clients.locking import lock_client, refuse_if
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class ChangeClientSize:
    """The client, and its `employee_count` or `bracket_code`: exactly one."""

    idempotency_key: str
    client_id: UUID
    employee_count: int | None = None
    bracket_code: str | None = None


async def change_client_size(caller: Caller, input: ChangeClientSize) -> Mapping[str, UUID]:
    """Change the size; gives the id `client`.

    Raises Refused with NOT_FOUND, ROLE_TOO_LOW or CLIENT_NOT_ACTIVE (archived) for the client,
    REQUIRED or INVALID for the size, ALREADY_DONE if it is that already, and NO_PRICE if the
    client has a subscription that is not sold at that size.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        refuse_if(resize_problem(ClientStatus(client.status), "clientId"))
        former = client.bracket_id
        if (size := await _size(input)) == former and _same_count(client, input):
            raise refuse(ErrorCode.ALREADY_DONE, "The client has this size already.", "size")
        # Terms that are due were begun for the size that it had then.
        await bring_partner_to(client.partner_id, now)
        await _require_price(client, size, now)
        counted = input.employee_count is not None
        await Client.filter(id=client.id).update(
            employee_count=input.employee_count,
            bracket_id=size,
            size_source=SizeSource.COUNTED if counted else SizeSource.DECLARED,
        )
        await append(
            EventType.CLIENT_RESIZED,
            subject_id=client.id,
            partner_id=client.partner_id,
            client_id=client.id,
            actor=caller.actor,
            at=now,
            data={"from": former, "to": size},
        )
        return Done(client.id, client.partner_id, {"client": client.id})

    return await perform(caller, "changeClientSize", input.idempotency_key, _as_sent(input), work)


def _as_sent(input: ChangeClientSize) -> dict[str, Any]:
    """The input as the API has it, where the size is nested: refusals name its paths."""
    values = arguments(input)
    count, bracket = values.pop("employee_count"), values.pop("bracket_code")
    return {**values, "size": {"employee_count": count, "bracket": bracket}}


async def _size(input: ChangeClientSize) -> str:
    brackets = [
        Bracket(row.code, row.min_employees, row.max_employees)
        for row in await EmployeeBracket.all().order_by("min_employees")
    ]
    size = chosen_size(input.employee_count, input.bracket_code, brackets, "size")
    if isinstance(size, Problem):
        raise Refused([size])
    return size


def _same_count(client: Client, input: ChangeClientSize) -> bool:
    return client.employee_count == input.employee_count


async def _require_price(client: Client, size: str, now: datetime) -> None:
    """Refuse a size that the client's subscription could not be renewed at."""
    live = await subscriptions.live(client.id)
    if live is None or live.ends_at:
        return
    interval, currency = BillingInterval(live.interval), client.partner.currency_code
    if await price_in_force(PlanCode(live.plan_id), size, currency, interval, now) is None:
        raise refuse(
            ErrorCode.NO_PRICE,
            f"{live.plan_id} has no price for a company of {size}, per {interval}, in {currency}."
            " Ask the vendor for one.",
            "size",
        )
