"""Inputs and payloads of the mutations on partner teams."""

import strawberry

from app.domain.partners import BillingModel, PartnerType, PaymentMethod, TeamRole
from schema.inputs.invitations import new_invitation
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.invitations import NewInvitation
from schema.partners import Advisor, Partner
from schema.scalars import CurrencyCode, DecimalText, EmailAddress
from schema.standings import TierDecision


@strawberry.input(description="The first person of a partner team.")
class NewPartnerAdminInput:
    """A person."""

    name: str = strawberry.field(description="Full name, 1–200 characters.")
    email: EmailAddress = strawberry.field(description="Where the invitation goes.")


@strawberry.input(description="A partner team to create.")
class CreatePartnerInput:
    """A partner to create."""

    idempotency_key: str = idempotency_key()
    name: str = strawberry.field(description="Its name, 1–200 characters.")
    type: PartnerType = strawberry.field(description="The type of business.")
    currency_code: CurrencyCode = strawberry.field(
        description="The currency in which it is charged and paid."
    )
    billing_model: BillingModel = strawberry.field(description="Who pays for its clients.")
    payment_method: PaymentMethod = strawberry.field(description="How it pays.")
    admin: NewPartnerAdminInput = strawberry.field(description="Who administers the team.")
    domain: str | None = strawberry.field(default=None, description="Its website domain.")
    referral_rate: DecimalText | None = strawberry.field(
        default=None,
        description='An agreed share of client charges, from `"0"` to `"1"`, that overrides its '
        "tier's.",
    )
    manager_id: strawberry.ID | None = strawberry.field(
        default=None, description="Its channel account manager: a Person."
    )


@strawberry.type(description="The answer of `createPartner`.")
class CreatePartnerPayload(Payload):
    """The new partner."""

    partner: Partner | None = loaded("partner", "The new partner; null if it was refused.")
    admin: Advisor | None = loaded("advisor", "Its invited admin; null if it was refused.")
    invitation: NewInvitation | None = new_invitation()


@strawberry.input(description="A person to invite to the partner team.")
class InviteAdvisorInput:
    """An invitation."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="For the vendor only; everyone else acts for their own partner."
    )
    name: str = strawberry.field(description="Full name, 1–200 characters.")
    email: EmailAddress = strawberry.field(description="Unique in the team.")
    role: TeamRole = strawberry.field(
        default=TeamRole.ADVISOR, description="What they may do for the team."
    )


@strawberry.type(description="The answer of `inviteAdvisor`.")
class InviteAdvisorPayload(Payload):
    """The invited advisor."""

    advisor: Advisor | None = loaded("advisor", "The advisor; null if it was refused.")
    invitation: NewInvitation | None = new_invitation()


@strawberry.input(description="A tier for a partner.")
class SetPartnerTierInput:
    """A tier for a partner."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    program_key: str = strawberry.field(description="The key of the program.")
    tier_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The key of the tier in the version in force. An explicit null removes the "
        "partner from its tier; leaving it out is refused.",
    )
    reason: str = strawberry.field(
        description="Why, 1–1,000 characters. The partner reads it, and the audit trail keeps it."
    )


@strawberry.type(description="The answer of `setPartnerTier`.")
class SetPartnerTierPayload(Payload):
    """The decision."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")
    decision: TierDecision | None = loaded(
        "tier_decision", "The decision, with benefits gained and lost; null if it was refused."
    )


@strawberry.input(description="A suspended partner to make active again.")
class ResumePartnerInput:
    """The end of a suspension."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    reason: str = strawberry.field(
        description="Why, 1–1,000 characters. The partner reads it, and the audit trail keeps it."
    )


@strawberry.type(description="The answer of `resumePartner`.")
class ResumePartnerPayload(Payload):
    """The partner."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")
