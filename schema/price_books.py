"""The catalogue behind prices: books, policies and taxes, each in force from a date on."""

import strawberry

from app.auth.policy import Action
from app.domain.income import RateLock
from app.domain.invoices import AdvisorFeeRule
from app.domain.plans import BillingInterval, TrialScope
from app.persistence import models
from schema.billing import EmployeeBracket, Money, Plan, money, money_columns
from schema.enums import described
from schema.fields import column, derived, many, one, reads
from schema.node import Node
from schema.scalars import CountryCode, CurrencyCode, DateTime, DecimalText

described(
    RateLock,
    "Which rate a partner's share of a charge has.",
    AT_CONTRACT_START="That of the day on which the subscription started, for its lifetime.",
    FLOATING="That of the day on which the charge is recognised.",
)
described(
    AdvisorFeeRule,
    "Which advisors the monthly fee is due for.",
    ANY_TIME="Those who were active at any time in the month.",
    END_OF_PERIOD="Those who are active at the end of the month.",
)
described(
    TrialScope,
    "Whose trials and payments count against another trial. A customer is a website domain.",
    PER_CLIENT="Those of the client itself.",
    PER_PARTNER="Those of all of the partner's clients with the same domain, archived ones too.",
    PER_CUSTOMER="Those of all clients with the same domain, whatever partner they belong to.",
)
_OF_BOOK = "JOIN price_book b ON b.id = t.price_book_id"
_MONEY = money_columns("t.amount_minor", "b.currency_code")


@strawberry.type(description="The price of a plan for one company size and interval.")
@reads(models.Price, Action.READ_BILLING, join=_OF_BOOK)
class Price(Node):
    """A price."""

    plan: Plan = one("The plan.", "t.plan_id", "t.code")
    bracket: EmployeeBracket = one("The company size.", "t.bracket_id", "t.code")
    interval: BillingInterval = column("For how long.")
    price: Money = derived("The price of one interval.", money, *_MONEY)


@strawberry.type(description="A block of assessment slots that partners buy.")
@reads(models.SpokeBundle)
class SlotBundle(Node):
    """A bundle."""

    code: strawberry.ID = column("Its code, such as `SLOTS-10`.")
    name: str = column("For people.")
    slots: int = column("How many slots it has.")
    prices: list["BundlePrice"] = many(
        "Its prices in all price books.", key="t.bundle_id", link="t.code", order="t.id"
    )


@strawberry.type(description="The price of a bundle of slots in a price book.")
@reads(models.BundlePrice, Action.READ_BILLING, join=_OF_BOOK)
class BundlePrice(Node):
    """The price of a bundle."""

    bundle: SlotBundle = one("The bundle.", "t.bundle_id", "t.code")
    price: Money = derived("The price of one bundle.", money, *_MONEY)
    price_book: "PriceBook" = one("The book that says so.", "t.price_book_id")


@strawberry.type(
    description="The prices in one currency, in force from a moment until the next book of that "
    "currency is."
)
@reads(models.PriceBook, Action.READ_BILLING)
class PriceBook(Node):
    """A price book."""

    currency_code: CurrencyCode = column("The currency of all its prices.")
    name: str = column("For people.")
    effective_from: DateTime = column("From when on.")
    advisor_fee: Money | None = derived(
        "The monthly fee for each active advisor; null if none is charged.",
        money,
        *money_columns("t.advisor_fee_minor", "t.currency_code"),
    )
    prices: list[Price] = many(
        "The prices of plans, by company size.",
        key="t.price_book_id",
        join="JOIN employee_bracket e ON e.code = t.bracket_id",
        order="t.plan_id, t.interval, e.min_employees, t.id",
    )
    bundle_prices: list[BundlePrice] = many(
        "The prices of bundles of slots, smallest first.",
        key="t.price_book_id",
        join="JOIN spoke_bundle s ON s.code = t.bundle_id",
        order="s.slots, t.id",
    )


@strawberry.type(description="The vendor's billing policy from a moment on.")
@reads(models.BillingPolicy, Action.READ_BILLING)
class BillingPolicy(Node):
    """A billing policy."""

    effective_from: DateTime = column("From when on.")
    advisor_fee_rule: AdvisorFeeRule = column("Which advisors the monthly fee is due for.")
    rate_lock: RateLock = column("Which rate a partner's share has.")
    content_cut: DecimalText = column(
        "The vendor's part of what a partner's content is sold for, such as `\"0.15\"`."
    )
    payment_days: int = column("Days from the issue of an invoice until it is due.")
    invitation_days: int = column("Days that an invitation is good for.")
    return_slot_on_archive: bool = column("Whether an archived client gives its slot back.")
    trial_scope: TrialScope = column("Whose trials and payments count against another trial.")


@strawberry.type(description="The tax on invoices to payers of a country, from a moment on.")
@reads(models.TaxRule, Action.READ_BILLING)
class TaxRule(Node):
    """A tax."""

    country: CountryCode = column("The country of the payer's address.")
    label: str = column("What the tax is called on invoices, such as `VAT`.")
    rate: DecimalText = column('Of the net amount, such as `"0.19"`.')
    reverse_charge_note: str | None = column(
        "The note that replaces tax, for a business with a tax id in another country than the "
        "vendor's; null if such a business is charged like any other."
    )
    effective_from: DateTime = column("From when on.")
