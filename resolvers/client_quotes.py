"""Queries before a client is created: what is wrong with it, and what it would cost."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.clients import CreateClientStep
from app.domain.errors import Refused
from app.domain.money import Money as Amount
from app.domain.plans import BillingInterval
from app.services.billing.first_charge import FirstCharge as Charge
from app.services.billing.quote import Quote
from app.services.clients.check_create_client import check_create_client
from app.services.clients.quote_client import Offered, QuoteClient, quote_client
from resolvers.permissions import query
from schema.billing import Money
from schema.errors import user_errors
from schema.inputs.client_quotes import ClientQuote, CreateClientCheck, FirstCharge, PriceQuote
from schema.inputs.clients import ClientDraftInput, ClientSize, ClientStart, given
from schema.node import row_id
from schema.scalars import CurrencyCode, DateTime, DecimalText

# The same whatever the cause: a partner does not learn of another partner's client.
NO_TRIAL = "There is no trial for this website domain. Charging starts at once."


@strawberry.type
class ClientQuoteQueries:
    """Before a client is created."""

    @query(
        Action.CREATE_CLIENT,
        "Validate the input of `createClient`, for one step of a wizard or all, with the price. "
        "Nothing is written.",
    )
    async def validate_create_client(
        self,
        info: strawberry.Info,
        input: Annotated[ClientDraftInput, strawberry.argument(description="The client so far.")],
        step: Annotated[
            CreateClientStep | None,
            strawberry.argument(description="Check this step alone; unset for all three."),
        ] = None,
    ) -> CreateClientCheck:
        """Dry-run the creation of a client."""
        try:
            check = await check_create_client(info.context.caller, input.use_case(), step)
        except Refused as refused:
            return CreateClientCheck(
                valid=False,
                user_errors=user_errors(refused.problems),
                quote=None,
                slots_available=None,
                slots_after=None,
            )
        problems = [problem for found in check.problems.values() for problem in found]
        return CreateClientCheck(
            valid=not problems,
            user_errors=user_errors(problems),
            quote=_quote(check.offered),
            slots_available=check.offered.slots_available,
            slots_after=check.offered.slots_after,
        )

    @query(
        Action.CREATE_CLIENT,
        "The price of a new client: price, trial, first charge, and the slots left. Nothing is "
        "written.",
    )
    async def quote_client(
        self,
        info: strawberry.Info,
        start: Annotated[ClientStart, strawberry.argument(description="A plan or a template.")],
        size: Annotated[ClientSize, strawberry.argument(description="How large it is.")],
        partner_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="For the vendor only; everyone else asks for their own partner."
            ),
        ] = None,
        interval: Annotated[
            BillingInterval,
            strawberry.argument(description="How often a subscription is charged, if any."),
        ] = BillingInterval.MONTH,
        domain: Annotated[
            str | None,
            strawberry.argument(
                description="Its website domain. Without it the quote is for a customer who had no "
                "trial."
            ),
        ] = None,
    ) -> ClientQuote:
        """Quote a new client."""
        use_case = QuoteClient(
            plan_code=start.plan_code,
            template_id=row_id(start.template_id, "ClientTemplate"),
            employee_count=given(size.employee_count),
            bracket_code=given(size.bracket),
            partner_id=row_id(partner_id, "Partner"),
            interval=interval,
            domain=domain,
        )
        found = await quote_client(info.context.caller, use_case)
        return ClientQuote(
            user_errors=user_errors(list(found.problems)),
            quote=_quote(found.offered),
            slots_available=found.offered.slots_available,
            slots_after=found.offered.slots_after,
        )


def _quote(offered: Offered) -> PriceQuote | None:
    if offered.quote is None:
        return None
    quote: Quote = offered.quote
    starts = quote.billing_starts_at
    return PriceQuote(
        plan_code=quote.plan,
        bracket=strawberry.ID(quote.bracket),
        interval=quote.interval,
        price=_money(quote.money) if quote.money else None,
        trial_days=quote.trial_days,
        no_trial_reason=NO_TRIAL if quote.trial_refused else None,
        billing_starts_at=DateTime(starts) if starts else None,
        takes_slot=quote.takes_slot,
        first_charge=_charge(offered.first_charge) if offered.first_charge else None,
    )


def _charge(charge: Charge) -> FirstCharge:
    return FirstCharge(
        amount=_money(charge.money),
        starts_at=DateTime(charge.starts_at),
        ends_at=DateTime(charge.ends_at),
        days=charge.days,
        full_days=charge.full_days,
    )


def _money(money: Amount) -> Money:
    currency = CurrencyCode(money.currency)
    return Money(amount=DecimalText(str(money)), currency_code=currency)
