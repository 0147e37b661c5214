"""Facts as callers write them: an input for each kind, exactly one of them at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import strawberry

from app.domain.activity import NewActivity, api_name
from app.domain.errors import ErrorCode, Problem
from app.domain.money import Money
from app.domain.programs.vocabulary import (
    ActivityKind,
    Capability,
    PriceBasis,
    Revenue,
    SaleMotion,
)
from schema.inputs.content import MoneyInput
from schema.scalars import DateTime, DecimalText


def _code(what: str) -> Any:
    return strawberry.field(description=f"{what}, as a code: capitals, digits and underscores.")


def _optional(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="A sale, or recurring revenue under management.")
class SaleInput:
    """A sale."""

    amount: MoneyInput = strawberry.field(description="Its money, above zero.")
    revenue: Revenue = strawberry.field(description="Which money it is.")
    motion: SaleMotion | None = _optional("How the partner took part.")
    price_basis: PriceBasis | None = _optional("The price it counts at.")
    source: str | None = _optional("Its source, as a code such as `MARKETPLACE`.")
    product: str | None = _optional("Which product it is of, as a code.")


@strawberry.input(description="Something that counts by how often it happened.")
class EventFactInput:
    """Something that happened."""

    source: str | None = _optional("Its source, as a code such as `PORTAL`.")
    product: str | None = _optional("Which product it is of, as a code.")
    person: str | None = _optional("Who did it, such as an e-mail address.")


@strawberry.input(description="A certification of a person or of the organisation itself.")
class CertificationInput:
    """A certification."""

    code: str = _code("Which certification, such as `SALES`, `TECHNICAL` or `PARTNER_PROGRAM`")
    person: str | None = _optional(
        "Who holds it, such as an e-mail address; unset: the organisation itself."
    )
    course: str | None = _optional("The course behind it, 120 characters at most.")
    evidence: str | None = _optional("The address of the certificate (http or https).")
    expires_at: DateTime | None = _optional(
        "Until when it holds, not included; unset: as long as a program says."
    )


@strawberry.input(description="Something that was seen to be there.")
class AttestationInput:
    """An attestation."""

    code: str = _code("What was seen, such as `LANDING_PAGE`")
    evidence: str = strawberry.field(
        description="The address where it can be seen (http or https), 2,048 characters at most."
    )
    expires_at: DateTime | None = _optional("Until when it holds, not included; unset: no end.")


@strawberry.input(description="A number that the vendor sets manually.")
class ManualValueInput:
    """A value set by hand."""

    code: str = _code("Which value, such as `SATISFACTION`")
    value: DecimalText = strawberry.field(description="The number.")
    reason: str = strawberry.field(description="Why, 1–1,000 characters: the partner reads it.")


@strawberry.input(description="A property of the partner. The one set last counts.")
class AttributeInput:
    """A property."""

    code: str = strawberry.field(description="Which property: `REGION`.")
    value: str = _code("Its value, such as `EMEA`")
    note: str | None = _optional("Why, 1,000 characters at most.")


@strawberry.input(one_of=True, description="A fact: exactly one of these.")
class FactInput:
    """A fact of one of the kinds."""

    sale: SaleInput | None = strawberry.field(
        default=strawberry.UNSET, description="A sale, or recurring revenue under management."
    )
    deal_registration: EventFactInput | None = strawberry.field(
        default=strawberry.UNSET, description="The partner registered a deal."
    )
    lead_accepted: EventFactInput | None = strawberry.field(
        default=strawberry.UNSET, description="The partner accepted a lead."
    )
    referral: EventFactInput | None = strawberry.field(
        default=strawberry.UNSET, description="The partner referred a customer."
    )
    implementation: EventFactInput | None = strawberry.field(
        default=strawberry.UNSET, description="The partner implemented the product for a client."
    )
    training_completed: EventFactInput | None = strawberry.field(
        default=strawberry.UNSET, description="A training was completed."
    )
    certification: CertificationInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="A certification; `recordCertification` records one by itself.",
    )
    attestation: AttestationInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Something that was seen; `recordAttestation` records one by itself.",
    )
    capability: Capability | None = strawberry.field(
        default=strawberry.UNSET, description="What the partner does for its clients."
    )
    manual_value: ManualValueInput | None = strawberry.field(
        default=strawberry.UNSET, description="A manually set number."
    )
    attribute: AttributeInput | None = strawberry.field(
        default=strawberry.UNSET, description="A property of the partner."
    )


_KINDS: Mapping[str, ActivityKind] = {
    "sale": ActivityKind.SALE,
    "deal_registration": ActivityKind.DEAL_REGISTRATION,
    "lead_accepted": ActivityKind.LEAD_ACCEPTED,
    "referral": ActivityKind.REFERRAL,
    "implementation": ActivityKind.IMPLEMENTATION,
    "training_completed": ActivityKind.TRAINING_COMPLETED,
    "certification": ActivityKind.CERTIFICATION,
    "attestation": ActivityKind.ATTESTATION,
    "capability": ActivityKind.CAPABILITY,
    "manual_value": ActivityKind.MANUAL,
    "attribute": ActivityKind.ATTRIBUTE,
}


@dataclass(frozen=True, slots=True)
class ReadFact:
    """A fact's kind and values, by the names of `NewActivity`; `unreadable` is what is no value.

    `member` is the field of `FactInput` that it was given by; empty if it was given by itself.
    """

    kind: ActivityKind
    values: Mapping[str, Any]
    unreadable: tuple[Problem, ...] = ()
    member: str = ""

    def path(self, name: str) -> tuple[str, ...]:
        """Where the value that `NewActivity` has under an API name stands in the input."""
        if self.member == "capability":
            return "fact", self.member
        inside = ("fact", api_name(self.member)) if self.member else ()
        if self.kind is ActivityKind.MANUAL and name == "note":
            name = "reason"
        return *inside, *MONEY_PATHS.get(name, (name,))


# Where an amount and its currency stand in an input that takes money.
MONEY_PATHS = {"amount": ("amount", "amount"), "currencyCode": ("amount", "currencyCode")}


def read_fact(input: FactInput) -> ReadFact:
    """The one fact that is given."""
    given = {name: getattr(input, name) for name in _KINDS}
    [(member, value)] = [(k, v) for k, v in given.items() if v not in (None, strawberry.UNSET)]
    if member == "capability":
        return ReadFact(_KINDS[member], {"code": value.value}, member=member)
    return read_values(_KINDS[member], value, member)


def read_values(kind: ActivityKind, input: Any, member: str = "") -> ReadFact:
    """A fact out of the input of its kind; fields that facts do not have are left out."""
    found = {f.name: getattr(input, f.name) for f in fields(input)}
    if "reason" in found:
        found["note"] = found["reason"]
    unreadable: tuple[Problem, ...] = ()
    if found.get("amount") is not None:
        found["amount"] = read_money(found["amount"])
        if isinstance(found["amount"], Problem):
            unreadable, found["amount"] = (found["amount"],), None
    values = {name: found[name] for name in NewActivity.__slots__ if name in found}
    return ReadFact(kind, values, unreadable, member)


def read_money(input: MoneyInput) -> Money | Problem:
    """An amount in minor units; the problem at `amount` if it has parts of one."""
    try:
        return Money.exactly(Decimal(input.amount), input.currency_code)
    except ValueError as error:
        return Problem(ErrorCode.INVALID, str(error), ("amount",))
