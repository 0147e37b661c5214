"""What the vendor does to standings: inputs and payloads."""

import strawberry

from schema.evaluations import Evaluation
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.partners import Partner
from schema.scalars import DateTime
from schema.standings import TierApproval, TierDecision, TierPin

_REASON = "Why, 1–1,000 characters. The partner reads it, and the audit trail keeps it."


@strawberry.input(description="A tier to hold a partner in, whatever evaluation finds.")
class PinPartnerTierInput:
    """A pin."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    program_key: str = strawberry.field(description="The key of the program.")
    tier_key: str = strawberry.field(description="The key of the tier in the version in force.")
    reason: str = strawberry.field(description=_REASON)
    expires_at: DateTime | None = strawberry.field(
        default=None, description="When it ends; null: until it is removed. Later than now."
    )


@strawberry.type(description="The answer of `pinPartnerTier`.")
class PinPartnerTierPayload(Payload):
    """The pin."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")
    pin: TierPin | None = loaded("tier_pin", "The pin; null if it was refused.")


@strawberry.input(description="A pin to remove.")
class UnpinPartnerTierInput:
    """The end of a pin."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    program_key: str = strawberry.field(description="The key of the program.")
    reason: str = strawberry.field(description=_REASON)


@strawberry.type(description="The answer of `unpinPartnerTier`.")
class UnpinPartnerTierPayload(Payload):
    """The pin that ended."""

    partner: Partner | None = loaded(
        "partner", "The partner, evaluated again; null if it was refused."
    )
    pin: TierPin | None = loaded("tier_pin", "The pin that ended; null if it was refused.")


@strawberry.input(description="A yes to a tier that a partner qualifies for.")
class ApproveTierChangeInput:
    """An approval."""

    idempotency_key: str = idempotency_key()
    approval_id: strawberry.ID = strawberry.field(description="The approval that was asked for.")
    reason: str = strawberry.field(description=_REASON)
    tier_key: str | None = strawberry.field(
        default=None,
        description="A lower tier to give instead, above the partner's own; null: the one asked "
        "for.",
    )


@strawberry.type(description="The answer of `approveTierChange`.")
class ApproveTierChangePayload(Payload):
    """The approval and the decision."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")
    approval: TierApproval | None = loaded("tier_approval", "The approval; null if it was refused.")
    decision: TierDecision | None = loaded(
        "tier_decision", "The decision, with benefits gained and lost; null if it was refused."
    )


@strawberry.input(description="A no to a tier that a partner qualifies for.")
class RejectTierChangeInput:
    """A rejection."""

    idempotency_key: str = idempotency_key()
    approval_id: strawberry.ID = strawberry.field(description="The approval that was asked for.")
    reason: str = strawberry.field(description=_REASON)
    ask_again_at: DateTime | None = strawberry.field(
        default=None,
        description="Not to be asked about this tier before; null: for the next evaluation on "
        "schedule and until the one after it.",
    )


@strawberry.type(description="The answer of `rejectTierChange`.")
class RejectTierChangePayload(Payload):
    """The approval."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")
    approval: TierApproval | None = loaded("tier_approval", "The approval; null if it was refused.")


@strawberry.input(description="A partner to evaluate now.")
class EvaluatePartnerInput:
    """An evaluation."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    program_key: str = strawberry.field(description="The key of the program.")


@strawberry.type(description="The answer of `evaluatePartner`.")
class EvaluatePartnerPayload(Payload):
    """The evaluation."""

    partner: Partner | None = loaded("partner", "The partner; null if it was refused.")
    evaluation: Evaluation | None = loaded(
        "evaluation", "The evaluation, condition by condition; null if it was refused."
    )
