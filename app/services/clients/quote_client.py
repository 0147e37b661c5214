"""What a new client would cost, before anything else is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import Problem, Refused
from app.domain.plans import BillingInterval, PlanCode
from app.services.billing.first_charge import FirstCharge, first_charge
from app.services.billing.quote import Quote
from app.services.clients.new_client import CreateClient, Draft, check_new_client
from app.services.partners.locking import partner_of
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class QuoteClient:
    """Plan or template, and a size, as for createClient; the domain tells about the trial."""

    plan_code: PlanCode | None = None
    template_id: UUID | None = None
    employee_count: int | None = None
    bracket_code: str | None = None
    partner_id: UUID | None = None
    interval: BillingInterval = BillingInterval.MONTH
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """A quote with its first charge, and the partner's slots now and after it.

    None: what is not clear yet. `slots_after` is also None if there is no slot for it.
    """

    quote: Quote | None = None
    first_charge: FirstCharge | None = None
    slots_available: int | None = None
    slots_after: int | None = None


@dataclass(frozen=True, slots=True)
class ClientQuote:
    """What is offered, and what createClient would say to plan and size."""

    offered: Offered
    problems: Sequence[Problem]


async def quote_client(caller: Caller, input: QuoteClient) -> ClientQuote:
    """Quote a new client by the rules of createClient. Nothing is written."""
    return await caller.database.read(lambda: _quote(caller, input))


async def offer_of(draft: Draft) -> Offered:
    """What a checked new client is offered."""
    left = draft.chosen.slots_available
    if draft.quote is None:
        return Offered(slots_available=left)
    after = left - draft.quote.takes_slot
    return Offered(
        draft.quote, await first_charge(draft.quote), left, after if after >= 0 else None
    )


async def _quote(caller: Caller, input: QuoteClient) -> ClientQuote:
    try:
        partner = await partner_of(caller, input.partner_id)
    except Refused as refusal:
        return ClientQuote(Offered(), refusal.problems)
    client = CreateClient(
        "",
        "",
        input.domain or "",
        input.plan_code,
        input.template_id,
        input.employee_count,
        input.bracket_code,
        partner_id=input.partner_id,
        interval=input.interval,
    )
    draft = await check_new_client(caller, partner, client, caller.clock.now())
    # Name and advisors are not asked for.
    asked = {"partnerId", "start", "size"} | ({"domain"} if input.domain else set())
    problems = [problem for problem in draft.all_problems if problem.field[0] in asked]
    return ClientQuote(await offer_of(draft), problems)
