"""Facts about partners, and exchange rates: what tier programs are evaluated from."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.activity import RecordStatus
from app.domain.emails import normalise_email
from app.domain.programs.vocabulary import (
    ActivityKind,
    Capability,
    PriceBasis,
    Revenue,
    SaleMotion,
)
from app.persistence import models
from app.reads.sources import Filter, Order, Paging
from schema.billing import Money, money, money_columns
from schema.enums import described
from schema.fields import column, derived, many, one, reads
from schema.node import Node
from schema.scalars import CurrencyCode, DateTime, DecimalText

if TYPE_CHECKING:
    from schema.partners import Partner

described(
    ActivityKind,
    "A kind of fact: something that happened, or something that holds from a moment on.",
    SALE="A sale, or recurring revenue under management.",
    DEAL_REGISTRATION="The partner registered a deal.",
    LEAD_ACCEPTED="The partner accepted a lead.",
    REFERRAL="The partner referred a customer.",
    IMPLEMENTATION="The partner implemented the product for a client.",
    CERTIFICATION="A person, or the organisation itself, holds a certification.",
    TRAINING_COMPLETED="A training was completed.",
    ATTESTATION="Something was seen to be there, with evidence, such as a landing page.",
    CAPABILITY="What the partner does for its clients.",
    MANUAL="A number that the vendor sets manually, with a reason.",
    ATTRIBUTE="A property of the partner, such as its region.",
)
described(
    Revenue,
    "Which money a sale is.",
    SOLD_ARR="Annual recurring revenue that the partner sold.",
    SOLD_MRR="Monthly recurring revenue that the partner sold.",
    MANAGED_ARR="Annual recurring revenue under the partner's management.",
    MANAGED_MRR="Monthly recurring revenue under the partner's management.",
    CONTRACT_VALUE="The whole value of a contract.",
)
described(
    SaleMotion,
    "How the partner took part in a sale.",
    REFERRAL="It referred the customer; the vendor sold.",
    RESALE="It sold.",
)
described(
    PriceBasis,
    "The price at which a sale counts.",
    LIST_PRICE="The list price.",
    APPROVED_QUOTE="The price of a quote that the vendor approved.",
)
described(
    Capability,
    "What a partner does for its clients.",
    LEADS="Brings leads.",
    MANAGES_DEALS="Manages deals.",
    CLOSES_DEALS="Closes deals.",
    AFTER_SALES="Gives support after the sale.",
    IMPLEMENTS="Implements the product.",
)
described(
    RecordStatus,
    "The outcome of recording a fact.",
    RECORDED="It is recorded now.",
    UNCHANGED="The same was recorded before under its external id; nothing was written.",
)


@strawberry.type(
    description="One fact about a partner. It never changes: mistakes are corrected by another "
    "record, a reversal, and recorded again."
)
@reads(models.ActivityRecord, Action.READ_PROGRAMS)
class ActivityRecord(Node):
    """A fact."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    position: int = column(
        "Its position among the partner's records in the order of recording, from 1, without gaps."
    )
    kind: ActivityKind = column("The kind of fact.")
    code: str | None = column(
        "Which certification, attestation, capability, value or attribute; null for other kinds."
    )
    person: str | None = column(
        "Whom it is about, such as an e-mail address in lower case; null: the organisation itself."
    )
    course: str | None = column("The course behind a certification; null if not given.")
    amount: Money | None = derived(
        "The money of a sale, below zero in a reversal; null for other kinds.",
        money,
        *money_columns("t.amount", "t.currency_code"),
    )
    revenue: Revenue | None = column("Which money a sale is; null for other kinds.")
    motion: SaleMotion | None = column("How the partner took part in a sale; null if not given.")
    price_basis: PriceBasis | None = column("The price a sale counts at; null if not given.")
    source: str | None = column("Its source, as a code; null if not given.")
    product: str | None = column("Which product it is of, as a code; null if not given.")
    quantity: int = column("1; of a reversal -1, or 0 if some of the money is left after it.")
    value: str | None = column(
        "A manually set value, as decimal text, or an attribute's code; null for other kinds."
    )
    evidence: str | None = column("The address where it can be seen; null if not given.")
    note: str | None = column(
        "The reason of a reversal, a manually set value or an attribute; null for other kinds."
    )
    external_id: str | None = column("The id that the vendor's own system has for it; or null.")
    occurred_at: DateTime = column(
        "When it took effect; a reversal has the moment of the record that it reverses."
    )
    expires_at: DateTime | None = column(
        "Until when it holds, not included; null: no end is given."
    )
    recorded_at: DateTime = column("When it was recorded.")
    reverses: Annotated["ActivityRecord", strawberry.lazy("schema.activity")] | None = one(
        "The record that it reverses; null if it is no reversal.", "t.reverses_id"
    )
    reversals: list[Annotated["ActivityRecord", strawberry.lazy("schema.activity")]] = many(
        "The records that reverse it, in the order of recording.",
        key="t.reverses_id",
        order="t.position",
    )


@strawberry.input(description="Conditions on records; all that are set must match.")
class ActivityFilter:
    """Conditions on records."""

    kind: list[ActivityKind] | None = strawberry.field(
        default=None, description="Of one of these kinds."
    )
    code: str | None = strawberry.field(
        default=None, description="Of this certification, attestation, capability and so on."
    )
    person: str | None = strawberry.field(
        default=None, description="About this person, without regard to case."
    )
    occurred_after: DateTime | None = strawberry.field(
        default=None, description="Took effect at this moment or later."
    )
    occurred_before: DateTime | None = strawberry.field(
        default=None, description="Took effect before this moment."
    )


ACTIVITY = Paging(
    orders={"OCCURRED_AT": Order("t.occurred_at", "time")},
    default="OCCURRED_AT",
    descending=True,
    filters={
        "kind": Filter("t.kind", many=True),
        "code": Filter("t.code = {v}"),
        "person": Filter("t.person = {v}", convert=normalise_email),
        "occurred_after": Filter("t.occurred_at >= {v}"),
        "occurred_before": Filter("t.occurred_at < {v}"),
    },
)


@strawberry.type(
    description="The exchange rate between two currencies from a moment on. It never changes, "
    "and counts until the pair has a later one."
)
@reads(models.ExchangeRate, Action.READ_PROGRAMS)
class ExchangeRate(Node):
    """An exchange rate."""

    base: CurrencyCode = column("The base currency.")
    quote: CurrencyCode = column("The currency of `rate`.")
    rate: DecimalText = column("The value of one unit of `base` in units of `quote`.")
    effective_from: DateTime = column(
        "From when it counts: the beginning of a day in the vendor's time zone."
    )
    recorded_at: DateTime = column("When it was recorded.")


@strawberry.input(description="Conditions on exchange rates; all that are set must match.")
class ExchangeRateFilter:
    """Conditions on exchange rates."""

    base: CurrencyCode | None = strawberry.field(default=None, description="Of this currency.")
    quote: CurrencyCode | None = strawberry.field(default=None, description="In this currency.")


EXCHANGE_RATES = Paging(
    orders={"EFFECTIVE_FROM": Order("t.effective_from", "time")},
    default="EFFECTIVE_FROM",
    descending=True,
    filters={"base": Filter("t.base = {v}"), "quote": Filter("t.quote = {v}")},
)
