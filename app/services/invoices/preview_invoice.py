"""What a payer would be invoiced for a period, as far as it is known now. Nothing is written."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.terms import period_of
from app.persistence.models import Client, Partner
from app.services.billing.lifecycle import bring_partner_to
from app.services.invoices.billing import period_run
from app.services.invoices.drafting import Priced, price_period
from app.services.invoices.rules import load_rules
from app.services.partners.locking import lock_partner, partner_of
from app.services.use_case import Caller
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class PreviewInvoice:
    """Whose invoice: a client's or else the partner's. The period is the current one if None."""

    partner_id: UUID | None = None
    client_id: UUID | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Previewed:
    """What is charged in the period and not issued yet, by currency."""

    period: str
    priced: list[Priced]


async def preview_invoice(caller: Caller, input: PreviewInvoice) -> Previewed:
    """What would be on the next invoice of a payer.

    Clients that their partner pays for have nothing on an invoice of their own. A client's user
    sees its own client's. Raises Refused with NOT_FOUND at `partnerId` or `clientId`, REQUIRED for
    the vendor, who names one of them, and at `period` as billing does.
    """
    found: list[Previewed] = []

    async def work() -> None:
        found.append(await _preview(caller, input))
        raise _Undo

    with suppress(_Undo):
        await caller.database.transaction(work)
    return found[0]


class _Undo(Exception):
    """Rolls back that subscriptions were brought up to the present."""


async def _preview(caller: Caller, input: PreviewInvoice) -> Previewed:
    client_id = input.client_id or caller.actor.client_id
    client = await require(caller, Client, client_id, "clientId") if client_id else None
    partner = await _partner(caller, input.partner_id, client)
    now, rules = caller.clock.now(), await load_rules()
    run = period_run(input.period or period_of(now, rules.zone), now, False, rules)
    if isinstance(run, Problem):
        raise Refused([run])
    await lock_partner(partner.id)
    await bring_partner_to(partner.id, min(now, rules.bounds(run.period)[1]))
    priced = await price_period(partner, run.period, now, rules)
    payer = client.id if client else None
    return Previewed(run.period, [each for each in priced if each.sheet.payer_id == payer])


async def _partner(caller: Caller, partner_id: UUID | None, client: Client | None) -> Partner:
    if client is None:
        return await partner_of(caller, partner_id)
    if partner_id and partner_id != client.partner_id:
        raise refuse(ErrorCode.NOT_FOUND, "The partner has no such client.", "clientId")
    return await require(caller, Partner, client.partner_id, "partnerId")
