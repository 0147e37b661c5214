"""Queries and mutations on partner teams."""

from decimal import Decimal
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.errors import ErrorCode, Problem
from app.services.advisors.invite_advisor import InviteAdvisor, invite_advisor
from app.services.partners.create_partner import CreatePartner, NewAdmin, create_partner
from app.services.partners.resume_partner import ResumePartner, resume_partner
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from resolvers.error_mapping import ApiError, Code
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.connections import Connection
from schema.errors import user_errors
from schema.inputs.partners import (
    CreatePartnerInput,
    CreatePartnerPayload,
    InviteAdvisorInput,
    InviteAdvisorPayload,
    ResumePartnerInput,
    ResumePartnerPayload,
    SetPartnerTierInput,
    SetPartnerTierPayload,
)
from schema.node import required_id, row_id
from schema.partners import PARTNERS, Partner, PartnerFilter, PartnerOrder
from schema.planned import selection_of


@strawberry.type
class PartnerQueries:
    """Partners."""

    @query(
        Action.READ_PARTNERS,
        "A partner by id or by slug (give one); null if there is none that you may see.",
    )
    async def partner(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
        slug: Annotated[str | None, strawberry.argument(description="Its slug.")] = None,
    ) -> Partner | None:
        """One partner."""
        if (id is None) == (slug is None):
            raise ApiError("Give either id or slug.", Code.BAD_USER_INPUT)
        if slug is not None:
            return await info.context.reads.one(selection_of(info), slug, "t.slug")
        return await info.context.reads.one(selection_of(info), required_id(id or "", "Partner"))

    partners: Connection[Partner] = root_page(
        Action.READ_PARTNERS,
        "The partners that you may see.",
        "Partner",
        PARTNERS,
        PartnerFilter,
        PartnerOrder,
    )


# Left out is not null: nobody should lose a tier by a forgotten field.
_NO_TIER = Problem(
    ErrorCode.REQUIRED,
    "Give the tier's key, or null to take the partner out of its tier.",
    ("tierKey",),
)


@strawberry.type
class PartnerMutations:
    """Changes to partner teams."""

    @mutation(Action.CREATE_PARTNER, "Create a partner team with its first admin, invited.")
    async def create_partner(
        self,
        info: strawberry.Info,
        input: Annotated[CreatePartnerInput, strawberry.argument(description="The partner.")],
    ) -> CreatePartnerPayload:
        """Create a partner."""
        rate = input.referral_rate
        use_case = CreatePartner(
            idempotency_key=input.idempotency_key,
            name=input.name,
            type=input.type,
            currency_code=input.currency_code,
            billing_model=input.billing_model,
            payment_method=input.payment_method,
            admin=NewAdmin(input.admin.name, input.admin.email),
            domain=input.domain,
            referral_rate=None if rate is None else Decimal(rate),
            manager_id=row_id(input.manager_id, "Person"),
        )
        return await answer(CreatePartnerPayload, create_partner(info.context.caller, use_case))

    @mutation(Action.INVITE_ADVISOR, "Invite a person to the partner team.")
    async def invite_advisor(
        self,
        info: strawberry.Info,
        input: Annotated[InviteAdvisorInput, strawberry.argument(description="The person.")],
    ) -> InviteAdvisorPayload:
        """Invite an advisor."""
        use_case = InviteAdvisor(
            idempotency_key=input.idempotency_key,
            partner_id=row_id(input.partner_id, "Partner"),
            name=input.name,
            email=input.email,
            role=input.role,
        )
        return await answer(InviteAdvisorPayload, invite_advisor(info.context.caller, use_case))

    @mutation(
        Action.RESUME_PARTNER,
        "Make a suspended partner active again; it is evaluated in its tier programs immediately.",
    )
    async def resume_partner(
        self,
        info: strawberry.Info,
        input: Annotated[ResumePartnerInput, strawberry.argument(description="Whom, and why.")],
    ) -> ResumePartnerPayload:
        """Resume a partner."""
        use_case = ResumePartner(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            reason=input.reason,
        )
        return await answer(ResumePartnerPayload, resume_partner(info.context.caller, use_case))

    @mutation(
        Action.SET_PARTNER_TIER,
        "Set a partner's tier in a program. Subscribers of `tierChanged` are notified.",
    )
    async def set_partner_tier(
        self,
        info: strawberry.Info,
        input: Annotated[SetPartnerTierInput, strawberry.argument(description="Tier and reason.")],
    ) -> SetPartnerTierPayload:
        """Set a tier."""
        if input.tier_key is strawberry.UNSET:
            return SetPartnerTierPayload(ids={}, user_errors=user_errors([_NO_TIER]))
        use_case = SetPartnerTier(
            idempotency_key=input.idempotency_key,
            partner_id=required_id(input.partner_id, "Partner"),
            program_key=input.program_key,
            tier_key=input.tier_key,
            reason=input.reason,
        )
        return await answer(SetPartnerTierPayload, set_partner_tier(info.context.caller, use_case))
