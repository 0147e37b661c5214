"""What clients would cost, and what is wrong with one that is still being entered."""

import strawberry

from app.domain.plans import BillingInterval, PlanCode
from schema.billing import Money
from schema.errors import UserError
from schema.scalars import DateTime


@strawberry.type(description="The charge with which billing would start.")
class FirstCharge:
    """A first charge, prorated by day."""

    amount: Money = strawberry.field(
        description="The charge: the price, by its days if billing starts in the middle of a month."
    )
    starts_at: DateTime = strawberry.field(description="From when it counts.")
    ends_at: DateTime = strawberry.field(description="Until when; the next charge follows.")
    days: int = strawberry.field(description="Days charged, in the vendor's time zone.")
    full_days: int = strawberry.field(description="Days of a whole interval.")


@strawberry.type(description="The price of a plan for a client.")
class PriceQuote:
    """Terms of a plan for a size."""

    plan_code: PlanCode = strawberry.field(description="The plan.")
    bracket: strawberry.ID = strawberry.field(description="The company size's code.")
    interval: BillingInterval = strawberry.field(description="How often it is charged.")
    price: Money | None = strawberry.field(
        description="The charge for one interval; null for a plan without a subscription."
    )
    trial_days: int = strawberry.field(description="Days without charge at the start.")
    no_trial_reason: str | None = strawberry.field(
        description="Why there is no trial although the plan has one; null if there is one, and if "
        "the plan has none."
    )
    billing_starts_at: DateTime | None = strawberry.field(
        description="When charging would start, if it were created now; null without charge."
    )
    takes_slot: bool = strawberry.field(description="Whether it takes one of the partner's slots.")
    first_charge: FirstCharge | None = strawberry.field(
        description="The first charge; null for a plan without a subscription."
    )


@strawberry.type(
    description="The result of validating an input of `createClient`. Nothing is written."
)
class CreateClientCheck:
    """A dry run of createClient."""

    valid: bool = strawberry.field(description="Whether the checked steps have no errors.")
    user_errors: list[UserError] = strawberry.field(description="What is wrong with them.")
    quote: PriceQuote | None = strawberry.field(
        description="The price; null while plan or size is not clear."
    )
    slots_available: int | None = strawberry.field(
        description="Assessment slots that the partner has left; null while the partner is not "
        "clear."
    )
    slots_after: int | None = strawberry.field(
        description="The number left afterwards; null while that is not clear, and if there is "
        "none for it."
    )


@strawberry.type(description="The price of a new client. Nothing is written.")
class ClientQuote:
    """A quote for a new client."""

    user_errors: list[UserError] = strawberry.field(
        description="Problems with plan and size, as `createClient` would report them; the paths "
        "are those of the arguments."
    )
    quote: PriceQuote | None = strawberry.field(
        description="The price; null while plan or size is not clear."
    )
    slots_available: int | None = strawberry.field(
        description="Assessment slots that the partner has left; null while the partner is not "
        "clear."
    )
    slots_after: int | None = strawberry.field(
        description="The number left afterwards; null while that is not clear, and if there is "
        "none for it."
    )
