"""Where partners stand: who is at risk, and mutations for pins, approvals, evaluation."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.programs.decide_approval import (
    ApproveTierChange,
    RejectTierChange,
    approve_tier_change,
    reject_tier_change,
)
from app.services.programs.evaluate_partner import EvaluatePartner, evaluate_partner
from app.services.programs.pin_partner_tier import (
    PinPartnerTier,
    UnpinPartnerTier,
    pin_partner_tier,
    unpin_partner_tier,
)
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.connections import Connection
from schema.inputs.standings import (
    ApproveTierChangeInput,
    ApproveTierChangePayload,
    EvaluatePartnerInput,
    EvaluatePartnerPayload,
    PinPartnerTierInput,
    PinPartnerTierPayload,
    RejectTierChangeInput,
    RejectTierChangePayload,
    UnpinPartnerTierInput,
    UnpinPartnerTierPayload,
)
from schema.node import required_id
from schema.standings import (
    APPROVALS,
    AT_RISK,
    AtRiskFilter,
    Standing,
    TierApproval,
    TierApprovalFilter,
)


@strawberry.type
class StandingQueries:
    """Where partners stand."""

    partners_at_risk: Connection[Standing] = root_page(
        Action.READ_PROGRAMS,
        "The standings that you may see of partners who will lose their tier if nothing changes, "
        "the first to lose it first.",
        "Standing",
        AT_RISK,
        AtRiskFilter,
    )

    tier_approvals: Connection[TierApproval] = root_page(
        Action.READ_PROGRAMS,
        "The tiers that the vendor was asked about, of partners that you may see, newest first.",
        "TierApproval",
        APPROVALS,
        TierApprovalFilter,
    )


@strawberry.type
class StandingMutations:
    """Changes to where partners stand."""

    @mutation(
        Action.EVALUATE_PARTNERS,
        "Evaluate a partner in a program now, as on schedule, and keep the explanation.",
    )
    async def evaluate_partner(
        self,
        info: strawberry.Info,
        input: Annotated[EvaluatePartnerInput, strawberry.argument(description="Whom and where.")],
    ) -> EvaluatePartnerPayload:
        """Evaluate a partner."""
        use_case = EvaluatePartner(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            program_key=input.program_key,
        )
        return await answer(EvaluatePartnerPayload, evaluate_partner(info.context.caller, use_case))

    @mutation(
        Action.PIN_PARTNER_TIER,
        "Hold a partner in a tier, whatever evaluation finds, and place it there. Replaces a pin.",
    )
    async def pin_partner_tier(
        self,
        info: strawberry.Info,
        input: Annotated[PinPartnerTierInput, strawberry.argument(description="The pin.")],
    ) -> PinPartnerTierPayload:
        """Pin a partner."""
        use_case = PinPartnerTier(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            program_key=input.program_key,
            tier_key=input.tier_key,
            reason=input.reason,
            expires_at=input.expires_at,
        )
        return await answer(PinPartnerTierPayload, pin_partner_tier(info.context.caller, use_case))

    @mutation(Action.PIN_PARTNER_TIER, "Remove a pin; the partner is evaluated immediately.")
    async def unpin_partner_tier(
        self,
        info: strawberry.Info,
        input: Annotated[UnpinPartnerTierInput, strawberry.argument(description="The pin.")],
    ) -> UnpinPartnerTierPayload:
        """Unpin a partner."""
        use_case = UnpinPartnerTier(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            program_key=input.program_key,
            reason=input.reason,
        )
        work = unpin_partner_tier(info.context.caller, use_case)
        return await answer(UnpinPartnerTierPayload, work)

    @mutation(Action.DECIDE_TIER_CHANGE, "Approve a tier that a partner qualifies for.")
    async def approve_tier_change(
        self,
        info: strawberry.Info,
        input: Annotated[ApproveTierChangeInput, strawberry.argument(description="The approval.")],
    ) -> ApproveTierChangePayload:
        """Approve."""
        use_case = ApproveTierChange(
            idempotency_key=input.idempotency_key,
            approval_id=required_id(input.approval_id, "TierApproval"),
            reason=input.reason,
            tier_key=input.tier_key,
        )
        work = approve_tier_change(info.context.caller, use_case)
        return await answer(ApproveTierChangePayload, work)

    @mutation(Action.DECIDE_TIER_CHANGE, "Reject a tier that a partner qualifies for.")
    async def reject_tier_change(
        self,
        info: strawberry.Info,
        input: Annotated[RejectTierChangeInput, strawberry.argument(description="The approval.")],
    ) -> RejectTierChangePayload:
        """Reject."""
        use_case = RejectTierChange(
            idempotency_key=input.idempotency_key,
            approval_id=required_id(input.approval_id, "TierApproval"),
            reason=input.reason,
            ask_again_at=input.ask_again_at,
        )
        work = reject_tier_change(info.context.caller, use_case)
        return await answer(RejectTierChangePayload, work)
